/** Code runs on a board, and what it prints comes back as it was printed. */

import { type Check, defineCheck } from "./check.ts";
import { expectOk, expectSame } from "./expect.ts";

/** Running code. */
export const EXEC_CHECKS: readonly Check[] = [
  defineCheck({
    name: "exec/output",
    summary: "What a cell prints comes back",
    async run(bench) {
      const result = await bench.cell("print('ready', 6 * 7)");
      expectOk(result, "The cell");
      expectSame(result.stdout, "ready 42\n", "print('ready', 6 * 7)");
    },
  }),
];
