/** What `cp` is told to copy: files and folders, on the board and on this computer. */

import { IotError, UsageError } from "@/base/errors.ts";
import { checkRegular, reading } from "@/sync/host_files.ts";
import { expandPattern, isPattern } from "@/sync/patterns.ts";
import { walk } from "@/sync/walk.ts";
import { baseName, type BoardPaths, isFileItself, join } from "./board_paths.ts";
import type { Context } from "./command.ts";

/** How `cp` works. */
export interface CopyOptions {
  readonly recursive: boolean;
}

/** Something that is copied: a file, or a folder with all that is in it. */
export interface Source {
  /** As messages call it. */
  readonly label: string;
  /** What it is called where it is copied to; empty for a root, whose content is copied. */
  readonly name: string;
  readonly kind: "file" | "folder";
  /** A file is its own only part. */
  readonly parts: readonly Part[];
}

/** A file, or a folder, of a source. */
export interface Part {
  /** Below the source; empty for a file itself. */
  readonly below: string;
  readonly kind: "file" | "folder";
  readonly size: number;
  readonly path: string;
  readonly onBoard: boolean;
}

/** One side of a copy: where things go to. */
export interface Side {
  kindOf(path: string): Promise<"file" | "folder" | "missing">;
}

/** What a path of the board, or a pattern, names. */
export async function boardSources(
  text: string,
  { paths, recursive }: CopyOptions & { readonly paths: BoardPaths },
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of await paths.expand(text)) {
    const entries = await paths.list(path, { recursive });
    const label = `:${path}`;
    if (entries === undefined) {
      throw new IotError(`Cannot copy "${label}": the board has no such file or folder.`, 1);
    }
    const name = baseName(path);
    if (isFileItself(entries, path)) {
      checkName(name, label);
      const part = { below: "", kind: "file", size: entries[0].size, path, onBoard: true } as const;
      sources.push({ label, name, kind: "file", parts: [part] });
      continue;
    }
    if (!recursive) throw folderWithoutR(label);
    if (name !== "") checkName(name, label);
    const prefix = path === "/" ? "/" : `${path}/`;
    const parts = entries.map(({ path, kind, size }): Part => {
      const below = path.startsWith(prefix) ? path.slice(prefix.length) : path;
      for (const part of below.split("/")) checkName(part, path);
      return { below, kind, size, path, onBoard: true };
    });
    sources.push({ label, name, kind: "folder", parts });
  }
  return sources;
}

/** A board can say any name; none may lead out of the folder that its files are copied to. */
function checkName(name: string, path: string): void {
  const isOdd = Deno.build.os === "windows" && /[\\:]/.test(name);
  if (!isOdd && name !== "" && name !== "." && name !== ".." && !name.includes("\0")) return;
  throw new IotError(
    `Cannot copy "${path}" of the board: such a name would lead out of the target folder.`,
    1,
  );
}

function folderWithoutR(label: string): UsageError {
  return new UsageError(`"${label}" is a folder. cp -r copies it with all that is in it.`);
}

/** What a path of this computer, or a pattern, names. */
export async function hostSources(
  text: string,
  { context: { directory }, recursive }: CopyOptions & { readonly context: Context },
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of await expandHost(directory.resolve(text))) {
    const stat = await reading(path, () => Deno.stat(path));
    checkRegular(stat, path);
    const { isDirectory, size } = stat;
    const plain = baseName(path.replace(/\/+$/, ""));
    // `..` and `.` are called as what they lead to.
    const name = plain === "." || plain === ".."
      ? baseName(await reading(path, () => Deno.realPath(path)))
      : plain;
    if (!isDirectory) {
      const part = { below: "", kind: "file", size, path, onBoard: false } as const;
      sources.push({ label: path, name, kind: "file", parts: [part] });
      continue;
    }
    if (!recursive) throw folderWithoutR(text);
    const walked = await walk(path);
    const parts = await Promise.all(walked.map(async ({ below, hostPath, kind }): Promise<Part> => {
      const size = kind === "folder"
        ? 0
        : (await reading(hostPath, () => Deno.stat(hostPath))).size;
      return { below, kind, size, path: hostPath, onBoard: false };
    }));
    sources.push({ label: path, name, kind: "folder", parts });
  }
  return sources;
}

async function expandHost(path: string): Promise<string[]> {
  if (!isPattern(path) || await HOST.kindOf(path) !== "missing") return [path];
  const paths = await expandPattern(path, async (folder) => {
    const entries = await reading(folder, () => Array.fromAsync(Deno.readDir(folder)));
    return await Promise.all(entries.map(async ({ name }) => {
      const kind = await HOST.kindOf(join(folder, name));
      return { name, kind: kind === "folder" ? kind : "file" };
    }));
  });
  if (paths.length > 0) return paths;
  throw new IotError(`Nothing on this computer matches "${path}".`, 1);
}

/** This computer. */
export const HOST: Side = {
  async kindOf(path) {
    const stat = await Deno.stat(path).catch(() => undefined);
    return stat === undefined ? "missing" : stat.isDirectory ? "folder" : "file";
  },
};
