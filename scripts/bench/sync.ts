/**
 * `deno task bench:sync [--runs N] [--line a|b] [--only TEXT] [--profile P]`: whole commands that move
 * files, against mpremote and mpytool, in turn and on the same simulated board on a pseudo-terminal:
 * (a) with 1 ms of latency each way and no limit of speed, (b) the same at 115,200 baud. All that is
 * moved is checked. Wants `deno task setup` and `deno task compile`.
 *
 * Prints one table. Exits with 1 when a limit is missed. All of it takes about 15 minutes.
 */

import { parseArgs } from "node:util";
import { IOT, isolated, temporaryDirectory, venv } from "../../hil/acceptance/support/product.ts";
import { capture } from "../run.ts";
import { median } from "./commands.ts";
import { BenchBoard, KEPT_PATH } from "./sync_board.ts";
import { FILE_BYTES, type Files, type Fixtures, fixtures, writeFiles } from "./sync_fixtures.ts";

/** mpremote needs half a minute for some of it. */
const COMMAND_DEADLINE_MS = 180_000;

/** In no row may the fastest copier there is be faster. */
const MPYTOOL_LIMIT = 1;

const BAUD = 115_200;
/** Start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;

/** The lines that all is measured on. */
const LINES = {
  a: { label: "(a) 1 ms", args: ["--latency", "1"] },
  b: { label: `(b) 1 ms, ${BAUD} baud`, args: ["--latency", "1", "--baud", String(BAUD)] },
} as const;

type LineName = keyof typeof LINES;

/** What must come out. */
interface Limits {
  /** So many times as fast as mpremote. */
  readonly mpremote?: number;
  /** Of the bytes that the line could carry meanwhile, so many are the file's. */
  readonly line?: number;
}

/** Something that is timed, on each line that it has limits for. */
interface Step {
  readonly label: string;
  readonly limits: Readonly<Partial<Record<LineName, Limits>>>;
}

/** What one contestant does, step by step, on a board that was emptied. */
interface Task {
  readonly steps: readonly Step[];
  /** By contestant: the command of all steps. The first is judged against all that are not ours. */
  readonly commands: Readonly<Record<string, (board: BenchBoard) => readonly string[]>>;
  /** What is on the board after each step. */
  readonly onBoard: Files;
  /** What the command leaves here, and it must be. */
  readonly onHost?: readonly [path: string, data: Uint8Array];
}

const PEERS = ["mpremote", "mpytool"];

/** The tasks, for files that lie in `folder`. */
async function tasksFor(folder: string, { random, source, tree }: Fixtures): Promise<Task[]> {
  const [mpremote, mpytool] = [await venv("mpremote"), await venv("mpytool")];
  const ours = (...words: string[]) => ({ url }: BenchBoard) => [IOT, ...words, "-d", url];
  const mpremotes = (...words: string[]) => ({ port }: BenchBoard) => //
   [mpremote, "connect", port, "fs", "cp", ...words];
  const mpytools = (...words: string[]) => ({ port }: BenchBoard) => //
   [mpytool, "-p", port, "cp", ...words];
  const copy = (from: string, to: string) => ({
    iot: ours("cp", from, to),
    mpremote: mpremotes(from, to),
    mpytool: mpytools(from, to),
  });
  const received = `${folder}/received.bin`;
  const onBoard = new Map([...tree].map(([path, data]) => [`tree/${path}`, data]));
  return [
    {
      steps: [{
        label: "100 KB of random bytes, up",
        limits: { a: { mpremote: 5 }, b: { mpremote: 2.5, line: 0.9 } },
      }],
      commands: copy(`${folder}/random.bin`, ":/random.bin"),
      onBoard: new Map([["random.bin", random]]),
    },
    {
      steps: [{
        label: "100 KB of Python source, up",
        limits: { a: {}, b: { mpremote: 3.5 } },
      }],
      commands: copy(`${folder}/source.py`, ":/source.py"),
      onBoard: new Map([["source.py", source]]),
    },
    {
      steps: [{
        label: "100 KB of random bytes, down",
        limits: { a: { mpremote: 3 }, b: { mpremote: 2.5 } },
      }],
      commands: copy(`:${KEPT_PATH}`, received),
      onBoard: new Map(),
      onHost: [received, random],
    },
    {
      steps: [
        { label: "50 files (70 KB), up", limits: { a: { mpremote: 5 }, b: { mpremote: 5 } } },
        { label: "50 files, unchanged", limits: { a: { mpremote: 5 }, b: { mpremote: 5 } } },
      ],
      commands: {
        "iot": ours("rsync", "-u"),
        "iot cp -r": ours("cp", "-r", `${folder}/tree`, ":/"),
        "mpremote": mpremotes("-r", `${folder}/tree`, ":"),
        "mpytool": mpytools(`${folder}/tree`, ":/"),
      },
      onBoard,
    },
  ];
}

/** Runs a command to its end; how long it took, in seconds. */
async function time(
  [program, ...args]: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const start = performance.now();
  const { code, stdout, stderr } = await capture(program, {
    args,
    env,
    timeoutMs: COMMAND_DEADLINE_MS,
  });
  const seconds = (performance.now() - start) / 1000;
  if (code === 0) return seconds;
  throw new Error(`${program} ${args.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
}

/** Runs the contestants of a task in turn. By step: seconds, by contestant. */
async function measure(
  task: Task,
  board: BenchBoard,
  { runs, env }: { runs: number; env: Record<string, string> },
): Promise<Record<string, number[]>[]> {
  const timings = task.steps.map((): Record<string, number[]> => ({}));
  for (let run = 0; run < runs; run++) {
    for (const [contestant, command] of Object.entries(task.commands)) {
      await board.wipe();
      for (const [index] of task.steps.entries()) {
        if (task.onHost !== undefined) await Deno.remove(task.onHost[0]).catch(() => {});
        const seconds = await time(command(board), env);
        (timings[index][contestant] ??= []).push(seconds);
        await board.expect(task.onBoard);
        if (task.onHost !== undefined) await expectFile(...task.onHost);
      }
    }
  }
  return timings;
}

async function expectFile(path: string, wanted: Uint8Array): Promise<void> {
  const data = await Deno.readFile(path);
  const same = data.length === wanted.length && data.every((byte, at) => byte === wanted[at]);
  if (!same) throw new Error(`${path} is not what the board holds`);
}

/** How the figures of a step compare, as text, each with whether its limit is kept. */
function judge(medians: Readonly<Record<string, number>>, limits: Limits) {
  const { iot, mpremote, mpytool } = medians;
  const verdict = (text: string, limit: string, kept: boolean) => ({
    text: kept ? `${text} ${limit}` : `${text} ${limit} MISSED`,
    kept,
  });
  const times = (peer: number, least: number | undefined) =>
    verdict(
      `${(peer / iot).toFixed(1)}×`,
      least === undefined ? "" : `≥ ${least}`,
      least === undefined || peer / iot >= least,
    );
  const verdicts = [times(mpremote, limits.mpremote), times(mpytool, MPYTOOL_LIMIT)];
  if (limits.line === undefined) return verdicts;
  const share = FILE_BYTES * BITS_PER_BYTE / BAUD / iot;
  const percent = (part: number) => `${(part * 100).toFixed(0)} %`;
  return [
    ...verdicts,
    verdict(percent(share), `≥ ${percent(limits.line)}`, share >= limits.line),
  ];
}

function printRow(cells: readonly string[]): void {
  const widths = [30, 7, 9, 8, 7, 19, 19];
  console.log(cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ").trimEnd());
}

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    line: { type: "string" },
    only: { type: "string", default: "" },
    profile: { type: "string", default: "esp32" },
  },
});
const runs = Number(values.runs);
await using directory = await temporaryDirectory();
const folder = directory.path;
const files = await fixtures();
await writeFiles(folder, new Map([["random.bin", files.random], ["source.py", files.source]]));
await writeFiles(`${folder}/tree`, files.tree);
const env = {
  ...isolated(folder),
  IOT: folder,
  IOT_DEVICES: `${folder}/devices`,
  IOT_LIBS: folder,
};
await Deno.mkdir(env.IOT_DEVICES);
const tasks = (await tasksFor(folder, files)).filter(({ steps }) =>
  steps.some(({ label }) => label.includes(values.only))
);

console.log(`Whole commands, medians of ${runs} runs in turn, seconds; how many times as fast.\n`);
for (const [name, { label, args }] of Object.entries(LINES)) {
  if (values.line !== undefined && values.line !== name) continue;
  printRow([
    label,
    "iot",
    "iot cp -r",
    "mpremote",
    "mpytool",
    "of mpremote",
    "of mpytool",
    "of the line",
  ]);
  await using board = await BenchBoard.start([...args, "--profile", values.profile], {
    folder: `${folder}/flash ${name}`,
    kept: files.random,
    env,
  });
  await Deno.writeTextFile(
    `${env.IOT_DEVICES}/bench.yaml`,
    `bench:\n    uid: ${board.uid}\n    resources:\n        - tree: /\n`,
  );
  for (const task of tasks) {
    const timings = await measure(task, board, { runs, env });
    for (const [index, { label, limits }] of task.steps.entries()) {
      const medians = Object.fromEntries(
        Object.entries(timings[index]).map(([who, samples]) => [who, median(samples)]),
      );
      const verdicts = judge(medians, limits[name as LineName]!);
      const seconds = (who: string) => medians[who]?.toFixed(2) ?? "";
      printRow([
        label,
        ...["iot", "iot cp -r", ...PEERS].map(seconds),
        ...verdicts.map(({ text }) => text),
      ]);
      if (verdicts.some(({ kept }) => !kept)) Deno.exitCode = 1;
    }
  }
  console.log();
}
