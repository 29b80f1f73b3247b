/** `%%bash`: the cell in bash on this computer. */

import { defineCellMagic } from "./command.ts";
import type { OutputNames } from "./programs.ts";

/** `%%bash`. */
export const bashCell = defineCellMagic<OutputNames>({
  name: "bash",
  summary: "Run the cell in bash on this computer",
  group: "host",
  arguments(parser) {
    parser.add_argument("--out", {
      metavar: "V",
      help: "variable of this computer's Python for what the cell prints",
    });
    parser.add_argument("--err", { metavar: "V", help: "the same for stderr" });
  },
  async run(context, names) {
    const { runBash } = await import("./shell_work.ts");
    return await runBash(context, names);
  },
});
