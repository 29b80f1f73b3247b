/** `pip`: packages from PyPI for boards. Its work is loaded when it is called. */

import { defineCommand } from "./command.ts";
import { declareShared, type SharedArguments } from "./package_arguments.ts";

/** `pip`'s arguments. */
export interface PipArguments extends SharedArguments {
  readonly requirement?: string;
  readonly index_url?: string;
  readonly pre: boolean;
}

/** `%pip`: installs, lists and removes packages of PyPI. */
export const pip = defineCommand<PipArguments>({
  name: "pip",
  summary: "Install packages from PyPi",
  group: "host",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  intermixed: true,
  arguments(parser) {
    declareShared(parser, "names on PyPi, name==version, URLs or paths");
    parser.add_argument("-r", "--requirement", {
      metavar: "FILE",
      help: "also install what this requirements file names",
    });
    parser.add_argument("-i", "--index-url", {
      metavar: "URL",
      help: "index to ask instead of pip's own",
    });
    parser.add_argument("--pre", { action: "store_true", help: "also take pre-releases" });
  },
  async run(context, args) {
    const { runPip } = await import("./package_pip.ts");
    await runPip(context, args);
  },
});
