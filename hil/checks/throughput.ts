/** How fast files move. Recorded for the report, not judged: a board is as fast as it is. */

import { type Check, type CheckContext, defineCheck } from "./check.ts";
import { expectOk } from "./expect.ts";
import { roomFor } from "./files.ts";
import { aReset, writableFiles } from "./needs.ts";
import { randomBytes } from "./random.ts";

/** What is moved where there is room: long enough for a rate, short enough for every night. */
const LARGE_BYTES = 32 * 1024;
const SMALL_BYTES = 4 * 1024;
const FILE = "iot_hil_rate.bin";

/** Speed. */
export const THROUGHPUT_CHECKS: readonly Check[] = [
  defineCheck({
    name: "throughput/files",
    summary: "How fast random bytes and source move up, and bytes down",
    needs: [writableFiles, roomFor(SMALL_BYTES)],
    after: ["files/round-trip-4096"],
    timeoutMs: 180_000,
    async run(bench) {
      // Rates of nights are compared: what ran before leaves a small board's memory in pieces.
      if (aReset(bench.facts) === undefined) {
        await (await bench.device()).softReset({ signal: bench.signal });
        await bench.settle();
      }
      const size = roomFor(LARGE_BYTES)(bench.facts) === undefined ? LARGE_BYTES : SMALL_BYTES;
      const line = "value = compute(index, scale=3)  # as in every driver\n";
      const source = new TextEncoder().encode(line.repeat(size / line.length)).slice(0, size);
      try {
        await time("up, random", randomBytes(size, bench.seed), bench);
        const start = performance.now();
        expectOk(await bench.cell(`%cp :${FILE} back.bin`), "Copying back");
        rate("down, random", size, { bench, start });
        await time("up, source", source, bench);
      } finally {
        expectOk(await bench.cell(`%rm -f ${FILE}`), "Removing the file");
      }
    },
  }),
];

async function time(what: string, bytes: Uint8Array, bench: CheckContext): Promise<void> {
  await Deno.writeFile(`${bench.folder}/rate.bin`, bytes);
  const start = performance.now();
  expectOk(await bench.cell(`%cp rate.bin :${FILE}`), `Copying ${bytes.length} bytes (${what})`);
  rate(what, bytes.length, { bench, start });
}

function rate(
  what: string,
  bytes: number,
  { bench, start }: { readonly bench: CheckContext; readonly start: number },
): void {
  bench.measure(what, bytes / 1024 / ((performance.now() - start) / 1000), "KB/s");
}
