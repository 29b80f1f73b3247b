/** A board's clock can be set to this computer's. */

import { type Check, defineCheck } from "./check.ts";
import { expect, expectOk } from "./expect.ts";
import { feature } from "./needs.ts";

/** Setting takes whole seconds, and reading another one. */
const TOLERANCE_MS = 3_000;

/** The clock. */
export const CLOCK_CHECKS: readonly Check[] = [
  defineCheck({
    name: "clock/synctime",
    summary: "After %synctime the board tells this computer's local time",
    needs: [feature("clock")],
    after: ["exec/output"],
    async run(bench) {
      expectOk(await bench.cell("%synctime"), "%synctime");
      const device = await bench.device();
      const code = "import time\nprint(*tuple(time.localtime())[:6])";
      const answer = await device.evaluate(code, { signal: bench.signal });
      const [year, month, day, hour, minute, second] = answer.trim().split(" ").map(Number);
      const told = new Date(year, month - 1, day, hour, minute, second).getTime();
      const off = Math.abs(told - Date.now());
      bench.measure("clock off by", off, "ms");
      expect(off <= TOLERANCE_MS, `The board says ${answer.trim()}, which is ${off} ms off`);
    },
  }),
];
