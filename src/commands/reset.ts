/** Commands that restart a board. */

import { defineCommand } from "./command.ts";

/** What `%softreset` shows; the specification's banner, red where there is colour. */
const BANNER = [
  "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
  "!!!!!   softreset ...     !!!!!",
  "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
];

/** `%softreset`: a fresh interpreter. boot.py runs, main.py does not. */
export const softreset = defineCommand<{ quiet: boolean }>({
  name: "softreset",
  summary: "Reset the MicroPython interpreter. Variables are lost, files stay.",
  group: "reset",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("-q", "--quiet", { action: "store_true", help: "do not print a banner" });
  },
  async run({ devices, sink, signal }, { quiet }) {
    const device = await devices.current({ signal });
    if (!quiet) {
      const banner = sink.colour ? BANNER.map((line) => `\x1b[0;31m${line}\x1b[0m`) : BANNER;
      await sink.write("stdout", `\n${banner.join("\n")}\n\n`);
    }
    await device.softReset({ onOutput: (chunk) => sink.write("stdout", chunk), signal });
  },
});
