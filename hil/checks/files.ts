/** Files go to a board and back, byte for byte. */

import { sameBytes } from "./bytes.ts";
import { type Check, type CheckContext, defineCheck, type Need } from "./check.ts";
import { expect, expectOk, expectSame } from "./expect.ts";
import { writableFiles } from "./needs.ts";
import { randomBytes } from "./random.ts";

/** Lengths at which blocks, windows and rings end, and one that takes many of them. */
const SIZES = [0, 1, 63, 64, 65, 255, 256, 257, 4096, 50_000];

/** A file takes whole blocks, and its directory entry one: littlefs has blocks of 4 KB. */
const OVERHEAD_BYTES = 8192;

/** All that a micro:bit holds; it does not say how much is free. Its file system's own limits. */
const FLAT_BYTES = 12_000;

/** What the checks call their files: a name that nobody else has. */
export const FILE = "iot_hil.bin";

/** Room for a file of `size` bytes. */
export function roomFor(size: number): Need {
  return ({ freeFlashBytes, features }) => {
    const free = freeFlashBytes ?? (features.has("folders") ? Infinity : FLAT_BYTES);
    const needed = size + (features.has("folders") ? OVERHEAD_BYTES : 0);
    if (needed <= free) return undefined;
    return `its file system has no room for ${size} bytes`;
  };
}

/** Moving files. */
export const FILES_CHECKS: readonly Check[] = [
  ...SIZES.map((size) =>
    defineCheck({
      name: `files/round-trip-${size}`,
      summary: `A file of ${size} ${
        size === 1 ? "byte" : "bytes"
      } goes there and back, byte for byte`,
      needs: [writableFiles, roomFor(size)],
      after: ["exec/output"],
      run: (bench) => roundTrip(size, bench),
    })
  ),
  defineCheck({
    name: "files/missing",
    summary: "A file that is not there is an error that names it",
    after: ["exec/output"],
    async run(bench) {
      const { outcome } = await bench.cell("%cat iot_hil_missing.txt");
      if (outcome.status === "ok") return expect(false, "A file that is not there was shown");
      expect(
        outcome.evalue.includes("iot_hil_missing.txt"),
        `The error does not name the file: ${outcome.evalue}`,
      );
    },
  }),
];

async function roundTrip(size: number, bench: CheckContext): Promise<void> {
  const bytes = randomBytes(size, bench.seed);
  await Deno.writeFile(`${bench.folder}/sent.bin`, bytes);
  try {
    const up = performance.now();
    expectOk(await bench.cell(`%cp sent.bin :${FILE}`), `Copying ${size} bytes to the board`);
    const down = performance.now();
    expectOk(await bench.cell(`%cp :${FILE} back.bin`), `Copying ${size} bytes back`);
    const end = performance.now();
    if (size >= 4096) {
      bench.measure(`up ${size}`, size / 1024 / ((down - up) / 1000), "KB/s");
      bench.measure(`down ${size}`, size / 1024 / ((end - down) / 1000), "KB/s");
    }
    expectSame(sameBytes(await Deno.readFile(`${bench.folder}/back.bin`), bytes), undefined, FILE);
  } finally {
    expectOk(await bench.cell(`%rm -f ${FILE}`), "Removing the file");
  }
}
