/**
 * `deno task bench:devices`: how long it takes to look for boards, and to run a cell on all of them.
 * Twenty boards on pseudo-terminals, in processes of their own; three are mute, and one prints for
 * ever and does not hear Ctrl-C.
 *
 * Exits with 1 when a target is missed: 3 s for `%discover`, 2 s for `%%connect --all --parallel`
 * with a cell that sleeps for one.
 */

import { LineProcess } from "../../hil/acceptance/support/lines.ts";
import { IOT } from "../../hil/acceptance/support/product.ts";
import { Notebook } from "../../hil/notebook_testing.ts";

const RUNS = 5;
const MAX_DISCOVER_MS = 3_000;
const MAX_CONNECT_MS = 2_000;

/** Starts boards and returns their addresses. */
async function start(stack: AsyncDisposableStack, names: string[], ...options: string[]) {
  const process = stack.use(new LineProcess(IOT, ["sim", ...names, "--pty", ...options]));
  const urls: string[] = [];
  for (const _ of names) urls.push((await process.line()).split(" ")[1]);
  return urls;
}

const median = (samples: number[]) => samples.toSorted((a, b) => a - b)[samples.length >> 1];

await using stack = new AsyncDisposableStack();
const good = await start(stack, Array.from({ length: 16 }, (_, index) => `good${index}`));
const mute = await start(stack, ["m1", "m2", "m3"], "--fault", "mute");
const deaf = await start(stack, ["deaf"], "--fault", "deaf", "--fault", "flood");

const discovering: number[] = [];
const connecting: number[] = [];
for (let run = 0; run < RUNS; run++) {
  await using notebook = new Notebook({ IOT_PORTS: [...mute, ...deaf, ...good].join(" ") });
  let began = performance.now();
  const { stdout } = await notebook.run("%discover");
  discovering.push(performance.now() - began);
  if (stdout.trimEnd().split("\n").length !== good.length) throw new Error(`found\n${stdout}`);
  began = performance.now();
  const cell = await notebook.run(
    "%%connect --all --parallel\nimport time\ntime.sleep(1)\nprint(6*7)",
  );
  connecting.push(performance.now() - began);
  const count = cell.stdout.match(/^42$/gm)?.length;
  if (count !== good.length) throw new Error(`ran on ${count}\n${cell.stdout}${cell.stderr}`);
}

const rows: [string, number, number][] = [
  ["%discover, 16 of 20 boards answer", median(discovering), MAX_DISCOVER_MS],
  ["%%connect --all --parallel, sleep(1) on 16", median(connecting), MAX_CONNECT_MS],
];
for (const [label, ms, limit] of rows) {
  console.log(`${label.padEnd(44)} ${ms.toFixed(0).padStart(6)} ms  (at most ${limit})`);
}
if (rows.some(([, ms, limit]) => ms > limit)) Deno.exitCode = 1;
