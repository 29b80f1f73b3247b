/** Nothing is lost when a board is used for long. */

import { type Check, type CheckContext, defineCheck } from "./check.ts";
import { expect, expectSame } from "./expect.ts";
import { feature } from "./needs.ts";

const EXECS = 1000;

/** What a board may have less of afterwards: the interpreter's own tables grow by a block or two. */
const MEMORY_SLACK_BYTES = 512;

/** Lengths around those at which USB packets, buffers and rings end. */
const ECHO_BYTES = 520;

/** Using a board for long. */
export const ENDURANCE_CHECKS: readonly Check[] = [
  defineCheck({
    name: "endurance/1000-execs",
    needs: [feature("memory")],
    summary: "1,000 programs later the board's memory and our handles are as before",
    after: ["exec/output"],
    timeoutMs: 120_000,
    async run(bench) {
      const device = await bench.device();
      const exec = async (number: number) =>
        expectSame(
          await device.evaluate(`print(${number})`, { signal: bench.signal }),
          `${number}\n`,
          `print(${number}), program ${number} of ${EXECS}`,
        );
      for (let number = 0; number < 10; number++) await exec(number);
      const memory = await freeMemory(bench);
      const handles = countHandles();
      const start = performance.now();
      for (let number = 0; number < EXECS; number++) await exec(number);
      bench.measure("exec", (performance.now() - start) / EXECS, "ms");
      const lost = memory - await freeMemory(bench);
      expect(
        lost <= MEMORY_SLACK_BYTES,
        `The board has ${lost} bytes less than before ${EXECS} programs`,
      );
      const leaked = countHandles() - handles;
      expect(leaked < EXECS / 10, `${leaked} handles of this process were left open`);
    },
  }),
  defineCheck({
    name: "endurance/echo",
    summary: `Programs of 1 to ${ECHO_BYTES} letters come back whole: no length stalls`,
    after: ["exec/output"],
    timeoutMs: 120_000,
    async run(bench) {
      const device = await bench.device();
      for (let length = 1; length <= ECHO_BYTES; length++) {
        const text = "0123456789".repeat(ECHO_BYTES / 10).slice(0, length);
        const answer = await device.evaluate(`print("${text}")`, { signal: bench.signal });
        expectSame(answer, `${text}\n`, `The echo of ${length} letters`);
      }
    },
  }),
];

async function freeMemory(bench: CheckContext): Promise<number> {
  const device = await bench.device();
  const code = "import gc\ngc.collect()\nprint(gc.mem_free())";
  return Number(await device.evaluate(code, { signal: bench.signal }));
}

/** Open file descriptors of this process; 0 where the system does not list them. */
function countHandles(): number {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length;
  } catch {
    return 0;
  }
}
