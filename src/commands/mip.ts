/** `mip`: packages for MicroPython. Its work is loaded when it is called. */

import { type Command, defineCommand } from "./command.ts";
import { declareShared, type SharedArguments } from "./package_arguments.ts";

/** `mip`'s arguments. */
export interface MipArguments extends SharedArguments {
  readonly index?: string;
  readonly mpy: boolean;
  readonly no_mpy: boolean;
}

/** `%mip`: installs, lists and removes packages of micropython-lib and of repositories. */
export const mip: Command<MipArguments> = defineCommand<MipArguments>({
  name: "mip",
  summary: "Install packages for MicroPython",
  group: "host",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  intermixed: true,
  arguments(parser) {
    declareShared(
      parser,
      "names of the index, name@version, github:ORG/REPO[/PATH][@BRANCH], URLs or paths",
    );
    parser.add_argument("--index", {
      metavar: "URL",
      help: "index to ask; default: https://micropython.org/pi/v2",
    });
    parser.add_argument("--mpy", {
      action: "store_true",
      help: "take the index's .mpy files for the board; with --to-board, it does where it can",
    });
    parser.add_argument("--no-mpy", { action: "store_true", help: "take Python, no .mpy files" });
  },
  async run(context, args) {
    const { runMip } = await import("./package_mip.ts");
    await runMip(context, args);
  },
});

/** `%upip`: what `mip` was called before. */
export const upip: Command<MipArguments> = {
  ...mip,
  name: "upip",
  summary: "Install packages for MicroPython (mip)",
};
