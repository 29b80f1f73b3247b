/** `%display`: pictures, HTML and more from a board (docs/rich-output.md). */

import { OK } from "@/base/outcome.ts";
import { compact } from "@/device/compact.ts";
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
    // One function at a time: a small board keeps a program's text until it is compiled.
    for (const part of compact(source).split(/^(?=def )/m)) {
      const outcome = await runProgram(device, part, { sink, signal, asks: "if mentioned" });
      if (outcome.status === "error") return outcome;
    }
    return OK;
  },
});
