/** A program that runs can be stopped, and the board is as it was. */

import { Interrupted } from "@/base/errors.ts";
import { type Check, type CheckContext, defineCheck } from "./check.ts";
import { expect, expectSame } from "./expect.ts";
import { anInterrupt } from "./needs.ts";

/** What is interrupted: programs that say that they have begun, and then go on for ever. */
const PROGRAMS: readonly (readonly [name: string, summary: string, loop: string])[] = [
  ["loop", "computes", "while True:\n    pass"],
  ["sleep", "sleeps", "import time\nwhile True:\n    time.sleep(1)"],
  ["printing", "prints", "while True:\n    print('.', end='')"],
];

/** Stopping programs. */
export const INTERRUPT_CHECKS: readonly Check[] = PROGRAMS.map(([name, summary, loop]) =>
  defineCheck({
    name: `interrupt/${name}`,
    summary: `A program that ${summary} for ever stops when told to, and variables stay`,
    needs: [anInterrupt],
    after: ["exec/output"],
    run: (bench) => interrupt(loop, bench),
  })
);

async function interrupt(loop: string, bench: CheckContext): Promise<void> {
  const device = await bench.device();
  const stop = new AbortController();
  let stopped = 0;
  let seen = "";
  const outcome = await device.exec(`hil_kept = 42\nprint('begun')\n${loop}`, {
    signal: AbortSignal.any([bench.signal, stop.signal]),
    onOutput: (chunk) => {
      if (stop.signal.aborted) return;
      seen += new TextDecoder().decode(chunk);
      if (!seen.includes("begun\n")) return;
      stopped = performance.now();
      stop.abort(new Interrupted());
    },
  });
  bench.signal.throwIfAborted();
  bench.measure("interrupt", performance.now() - stopped, "ms");
  expect(outcome.status === "error", "The program was not interrupted, but ended by itself");
  expectSame(outcome.ename, "KeyboardInterrupt", "What ended the program");
  const kept = await device.evaluate("print(hil_kept)\ndel hil_kept", { signal: bench.signal });
  expectSame(kept, "42\n", "A variable from before the interrupt");
}
