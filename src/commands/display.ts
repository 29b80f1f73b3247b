/** `%display`: pictures, HTML and more from a board (docs/rich-output.md). */

import { runProgram } from "@/device/program.ts";
import { defineCommand } from "./command.ts";
import source from "./display.py" with { type: "text" };

/** `%display`: defines `display()` and `clear_output()` on the board. */
export const display = defineCommand({
  name: "display",
  summary: "Define display() and clear_output() on the board.",
  group: "notebook",
  surfaces: ["notebook"],
  async run({ devices, sink, signal }) {
    const device = await devices.current({ signal });
    return await runProgram(device, compact(source), { sink, signal, asks: "if mentioned" });
  },
});

/**
 * Python without lines that only people read, and indented by single spaces: a board without raw
 * paste has to keep the text in memory until it is compiled.
 */
function compact(code: string): string {
  return code
    .replace(/^ *(?:#.*)?\n/gm, "")
    .replace(/^ +/gm, (indent) => " ".repeat(indent.length / 4));
}
