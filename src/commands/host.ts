/** `%%host`: the cell in the Python of this computer. */

import type { Outcome } from "@/base/outcome.ts";
import { type Sink, wrapSink } from "@/base/sink.ts";
import { type CellContext, defineCellMagic } from "./command.ts";

/** `%%host`. */
export const hostCell = defineCellMagic({
  name: "host",
  summary: "Run the cell in the Python of this computer",
  group: "host",
  run: (context) => runOnHost(context, context.sink),
});

/** Runs the cell's body in the Python of this computer; what it prints goes to `sink`. */
export async function runOnHost(
  { host, body, bodyLine, signal }: CellContext,
  sink: Sink,
): Promise<Outcome> {
  return await host.run(atLine(bodyLine, body), {
    signal,
    sink: wrapSink(sink, {
      // What is proposed for this cell is Python of this computer, too.
      suggestCell: (text, options) =>
        sink.suggestCell(options.replace ? `%%host\n${text}` : text, options),
    }),
  });
}

/** Moves code down, so that tracebacks number its lines as the notebook does. */
function atLine(line: number, body: string): string {
  return MUST_BE_FIRST.test(body) ? body : "# %%host\n".repeat(line - 1) + body;
}

/**
 * What IPython takes for something else below a comment: a magic for the whole cell, lines that all
 * begin with blanks, and a lone name that it calls, such as `exit`.
 */
const MUST_BE_FIRST = /^\s*%%|^[ \t]|^\s*\w+\s*$/;
