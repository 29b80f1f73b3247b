/** A board restarts when it is told to, and comes back. */

import { hardReset } from "@/device/hard_reset.ts";
import { type Check, type CheckContext, defineCheck } from "./check.ts";
import { expect, expectSame } from "./expect.ts";
import { aReset } from "./needs.ts";

/** Restarting. */
export const RESET_CHECKS: readonly Check[] = [
  defineCheck({
    name: "reset/soft",
    summary: "A soft reset forgets variables, and the board answers again",
    needs: [aReset],
    after: ["exec/state"],
    async run(bench) {
      const device = await bench.device();
      await device.evaluate("hil_kept = 1", { signal: bench.signal });
      const start = performance.now();
      await device.softReset({ signal: bench.signal });
      await bench.settle();
      bench.measure("soft reset", performance.now() - start, "ms");
      await expectForgotten(bench);
    },
  }),
  defineCheck({
    name: "reset/hard",
    summary: "A hard reset forgets variables, and the board comes back",
    needs: [aReset],
    after: ["exec/state"],
    async run(bench) {
      const device = await bench.device();
      await device.evaluate("hil_kept = 1", { signal: bench.signal });
      const start = performance.now();
      await hardReset(device, { signal: bench.signal });
      await bench.settle();
      bench.measure("hard reset", performance.now() - start, "ms");
      await expectForgotten(bench);
    },
  }),
];

async function expectForgotten(bench: CheckContext): Promise<void> {
  const device = await bench.device();
  const outcome = await device.exec("hil_kept", { signal: bench.signal });
  expect(outcome.status === "error", "A variable from before the reset is still there");
  expectSame(outcome.ename, "NameError", "Asking for a variable from before the reset");
}
