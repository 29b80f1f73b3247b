/** Tab offers what is on the board. */

import { type Check, defineCheck } from "./check.ts";
import { expect, expectOk, show } from "./expect.ts";

/** Completion. */
export const COMPLETION_CHECKS: readonly Check[] = [
  defineCheck({
    name: "completion/names",
    summary: "Names that a cell made are offered",
    after: ["exec/state"],
    async run(bench) {
      expectOk(await bench.cell("hil_lamp = 1\nhil_latch = 2"), "The cell");
      const offered = await bench.complete("hil_la");
      const missing = ["hil_lamp", "hil_latch"].filter((name) => !offered.includes(name));
      expect(missing.length === 0, `${missing.join(" and ")} not offered, but ${show(offered)}`);
      expectOk(await bench.cell("del hil_lamp, hil_latch"), "Cleaning up");
    },
  }),
  defineCheck({
    name: "completion/attributes",
    summary: "Attributes of a module on the board are offered",
    after: ["exec/state"],
    async run(bench) {
      expectOk(await bench.cell("import gc"), "import gc");
      const offered = await bench.complete("gc.col");
      expect(offered.some((name) => name.endsWith("collect")), `gc.collect is not offered`);
    },
  }),
];
