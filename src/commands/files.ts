/** Commands about files, on the board and here. Their work is loaded when one is called. */

import { defineCommand } from "./command.ts";

const SHARED = {
  group: "files",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
} as const;

/** `%cp`: to the board, from it, or on it. */
export const cp = defineCommand<
  { recursive: boolean; sources: string[]; destination: string }
>({
  ...SHARED,
  name: "cp",
  summary: "Copy files between host and microcontroller.",
  arguments(parser) {
    parser.add_argument("-r", "--recursive", { action: "store_true", help: "copy folders, too" });
    const help = "files and folders to copy, or patterns; a colon marks the microcontroller's";
    parser.add_argument("sources", { nargs: "+", metavar: "SOURCE", help });
    parser.add_argument("destination", {
      metavar: "DESTINATION",
      help: "where to, e.g. : or :lib/ or a file's new name",
    });
  },
  async run(context, { recursive, sources, destination }) {
    const { copy } = await import("./copy.ts");
    await copy(context, { sources, destination }, { recursive });
  },
});

/** `%cat`: what is in files of the board. */
export const cat = defineCommand<{ paths: string[] }>({
  ...SHARED,
  name: "cat",
  summary: "Print contents of named file on microcontroller",
  arguments(parser) {
    parser.add_argument("paths", { nargs: "+", metavar: "PATH", help: "files to print" });
  },
  async run(context, { paths }) {
    const { printFiles } = await import("./file_work.ts");
    await printFiles(context, paths);
  },
});

/** `%rm`: removes files of the board. */
export const rm = defineCommand<{ recursive: boolean; force: boolean; paths: string[] }>({
  ...SHARED,
  name: "rm",
  summary: "Delete files relative to path.",
  arguments(parser) {
    parser.add_argument("-r", "--recursive", {
      action: "store_true",
      help: "remove folders and all that is in them",
    });
    parser.add_argument("-f", "--force", {
      action: "store_true",
      help: "ignore what is not there",
    });
    parser.add_argument("paths", { nargs: "+", metavar: "PATH", help: "what to remove" });
  },
  async run(context, { paths, ...options }) {
    const { removeFiles } = await import("./file_work.ts");
    await removeFiles(context, paths, options);
  },
});

/** `%mkdirs`: makes folders on the board. */
export const mkdirs = defineCommand<{ paths: string[] }>({
  ...SHARED,
  name: "mkdirs",
  summary: "Create all directories specified by the path, as needed.",
  arguments(parser) {
    parser.add_argument("paths", { nargs: "+", metavar: "PATH", help: "folders to create" });
  },
  async run(context, { paths }) {
    const { makeFolders } = await import("./file_work.ts");
    await makeFolders(context, paths);
  },
});

/** `%rlist`: all files of the board. */
export const rlist = defineCommand<{ path?: string }>({
  ...SHARED,
  name: "rlist",
  summary: "List files on microcontroller",
  arguments(parser) {
    parser.add_argument("path", {
      nargs: "?",
      metavar: "PATH",
      help: "folder to list; default: /",
    });
  },
  async run(context, { path }) {
    const { listTree } = await import("./file_work.ts");
    await listTree(context, path);
  },
});

/** `%df`: how full the board is. */
export const df = defineCommand({
  ...SHARED,
  name: "df",
  summary: "Show the file systems of the microcontroller and how full they are",
  async run(context) {
    const { listVolumes } = await import("./file_work.ts");
    await listVolumes(context);
  },
});

/** `%cd`: where `%cp` and the commands of this computer work. */
export const cd = defineCommand<{ path?: string }>({
  name: "cd",
  summary: "Change the working directory.",
  group: "files",
  surfaces: ["notebook"],
  arguments(parser) {
    const help = "directory of the host; - is the one before, default the home directory";
    parser.add_argument("path", { nargs: "?", metavar: "PATH", help });
  },
  async run({ directory, sink }, { path = "~" }) {
    await directory.change(path);
    await sink.write("stdout", `${directory.path}\n`);
  },
});
