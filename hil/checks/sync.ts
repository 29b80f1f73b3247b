/** A folder of this computer and a board's become the same, and stay whole whatever happens. */

import { type Check, type CheckContext, defineCheck } from "./check.ts";
import { expect, expectOk, show } from "./expect.ts";
import { roomFor } from "./files.ts";
import { writableFiles } from "./needs.ts";
import { randomBytes } from "./random.ts";

/** What is synced: names that nobody else has, small enough for a micro:bit. */
const FILES: readonly (readonly [name: string, bytes: number])[] = [
  ["iot_hil_a.py", 900],
  ["iot_hil_b.py", 1800],
  ["iot_hil_c.py", 2700],
];

const TOTAL_BYTES = 6000;

/** Where in the traffic of a sync it is cut, as parts of all that was sent. */
const CUTS = [0.2, 0.5, 0.8];

/** Syncing. */
export const SYNC_CHECKS: readonly Check[] = [
  defineCheck({
    name: "sync/twice",
    summary: "A second sync finds nothing to do",
    needs: [writableFiles, roomFor(TOTAL_BYTES)],
    after: ["exec/output"],
    timeoutMs: 120_000,
    async run(bench) {
      await configure(bench, bench.seed);
      try {
        const first = await bench.cell("%rsync -u");
        expectOk(first, "The first %rsync -u");
        for (const [name] of FILES) {
          expect(first.stdout.includes(name), `${name} was not sent: ${show(first.stdout)}`);
        }
        const second = await bench.cell("%rsync -u");
        expectOk(second, "The second %rsync -u");
        expect(
          second.stdout.includes("Directories match"),
          `The second %rsync -u still had something to do: ${show(second.stdout)}`,
        );
      } finally {
        await cleanUp(bench);
      }
    },
  }),
  defineCheck({
    name: "sync/cut",
    summary: "A sync that is cut short is ended by the next; where rename works no file is torn",
    needs: [writableFiles, roomFor(2 * TOTAL_BYTES)],
    after: ["sync/twice", "reset/hard"],
    timeoutMs: 180_000,
    async run(bench) {
      try {
        for (const [index, part] of CUTS.entries()) await cutAt(part, bench, bench.seed + index);
      } finally {
        await cleanUp(bench);
      }
    },
  }),
];

async function cutAt(part: number, bench: CheckContext, seed: number): Promise<void> {
  const old = await configure(bench, seed);
  expectOk(await bench.cell("%rsync -u"), "The sync before");
  const wanted = await configure(bench, seed + 1000);
  const cut = await bench.cell("%rsync -u", { cutAfterBytes: Math.ceil(TOTAL_BYTES * part) });
  bench.log(`Cut at ${part * 100} %: ${cut.outcome.status}.`);
  await bench.release();
  await restart(bench);
  // A board without rename writes in place: the next sync mends what is torn.
  if (bench.facts.features.has("rename")) await expectOldOrNew(old, wanted, bench);
  expectOk(await bench.cell("%rsync -u"), "The sync after the one that was cut");
  const difference = await bench.cell("%rdiff -u");
  expect(
    difference.stdout.includes("Directories match"),
    `The sync after the one that was cut left differences: ${show(difference.stdout)}`,
  );
}

async function expectOldOrNew(
  old: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
  bench: CheckContext,
): Promise<void> {
  for (const [name] of FILES) {
    expectOk(await bench.cell(`%cp :${placeOf(name, bench)} back-${name}`), `Reading ${name}`);
    const text = await Deno.readTextFile(`${bench.folder}/back-${name}`);
    expect(
      text === old.get(name) || text === wanted.get(name),
      `${name} is neither the old file nor the new one after the sync was cut`,
    );
  }
}

/** Restarts the board by its power, or else by its own reset. */
async function restart(bench: CheckContext): Promise<void> {
  if (bench.powerCycle !== undefined && bench.facts.features.has("folders")) {
    await bench.powerCycle();
  } else await bench.cell("%hardreset");
  await bench.settle();
}

/** Says what belongs on the board; the files' text by name. */
async function configure(bench: CheckContext, seed: number): Promise<Map<string, string>> {
  const { folder, facts, url } = bench;
  const libs = `${folder}/iot49/libs`;
  await Deno.mkdir(libs, { recursive: true });
  await Deno.mkdir(`${folder}/iot49/devices`, { recursive: true });
  const texts = new Map<string, string>();
  for (const [index, [name, bytes]] of FILES.entries()) {
    const text = `DATA = "${randomBytes(bytes / 2 - 10, seed + index).toHex()}"\n`;
    texts.set(name, text);
    await Deno.writeTextFile(`${libs}/${name}`, text);
  }
  const installDir = facts.features.has("folders") ? "/lib" : "/";
  const lines = [
    "iot-hil:",
    facts.identity.uid === "" ? `  url: ${url}` : `  uid: ${facts.identity.uid}`,
    `  install-dir: ${installDir}`,
    "  resources:",
    ...FILES.map(([name]) => `    - ${name}`),
  ];
  await Deno.writeTextFile(`${folder}/iot49/devices/hil.yaml`, lines.join("\n") + "\n");
  return texts;
}

function placeOf(name: string, { facts }: CheckContext): string {
  return facts.features.has("folders") ? `/lib/${name}` : `/${name}`;
}

async function cleanUp(bench: CheckContext): Promise<void> {
  const paths = FILES.map(([name]) => placeOf(name, bench)).join(" ");
  expectOk(await bench.cell(`%rm -f ${paths}`), "Removing what was synced");
}
