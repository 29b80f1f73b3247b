/**
 * `deno task bench:kernel`: the kernel against ipykernel, and against what the board alone needs, in
 * one run. The boards are simulated ones on pseudo-terminals, in a process of their own. Wants
 * `deno task setup` and `deno task compile`.
 *
 * Prints one table. Exits with 1 when a limit is missed.
 */

import { LineProcess } from "../../hil/acceptance/support/lines.ts";
import {
  IOT,
  isolated,
  ROOT,
  temporaryDirectory,
  venv,
} from "../../hil/acceptance/support/product.ts";
import { need } from "../run.ts";
import { median } from "./commands.ts";

/** All of it takes about two minutes. */
const DEADLINE_MS = 15 * 60_000;

/** What `kernel_bench.py` says of one figure: samples by contestant, in the figure's unit. */
type Samples = Readonly<Record<string, readonly number[]>>;

/** A row of the table: a median, what it is held against, and how far it may go. */
interface Row {
  readonly label: string;
  readonly figure: string;
  readonly unit: string;
  /** Whose samples are judged. */
  readonly who: string;
  /** Whose samples they are divided by. Without it the median itself is judged. */
  readonly against?: string;
  /** Without one, the row is there to be read. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number };
}

const ROWS: readonly Row[] = [
  {
    label: "spawn to first kernel_info_reply",
    figure: "start",
    unit: "ms",
    who: "iot",
    against: "ipykernel",
    limit: { atMost: 0.5 },
  },
  {
    // libzmq's own pause after a refused connection, 100 to 200 ms, is most of it.
    label: "… by a client that tries every 100 ms",
    figure: "stock start",
    unit: "ms",
    who: "iot",
    against: "ipykernel",
  },
  {
    label: "execute `pass`, until reply and idle",
    figure: "execute",
    unit: "ms",
    who: "iot",
    against: "ipykernel",
    limit: { atMost: 0.6 },
  },
  {
    label: "complete a name",
    figure: "complete a name",
    unit: "ms",
    who: "iot",
    against: "ipykernel",
    limit: { atMost: 0.5 },
  },
  {
    label: "complete an attribute",
    figure: "complete an attribute",
    unit: "ms",
    who: "iot",
    against: "ipykernel",
    limit: { atMost: 0.5 },
  },
  {
    label: "complete while a cell runs",
    figure: "complete while busy",
    unit: "ms",
    who: "iot",
    limit: { atMost: 50 },
  },
  {
    label: "interrupt a busy board",
    figure: "interrupt",
    unit: "ms",
    who: "iot",
    limit: { atMost: 250 },
  },
  {
    label: "peak memory",
    figure: "memory",
    unit: "MB",
    who: "iot",
    against: "ipykernel",
    limit: { atMost: 1.5 },
  },
  {
    label: "the board alone emits",
    figure: "rate",
    unit: "MB/s",
    who: "board",
    limit: { atLeast: 2 },
  },
  {
    label: "100,000 lines until idle, board alone",
    figure: "flood",
    unit: "ms",
    who: "iot",
    against: "board",
    limit: { atMost: 1.3 },
  },
  {
    label: "100,000 lines until idle, ipykernel",
    figure: "flood",
    unit: "ms",
    who: "iot",
    against: "ipykernel",
  },
  {
    // To wait for a slow one would take seconds; what they get for a start has to be copied, though.
    label: "24 MB beside slow clients, without them",
    figure: "slow subscribers",
    unit: "ms",
    who: "beside",
    against: "alone",
    limit: { atMost: 1.5 },
  },
];

/** Runs the Python side and returns what it measured, by figure. */
async function measure(): Promise<Map<string, Samples>> {
  await using prefix = await temporaryDirectory();
  await need(IOT, { args: ["install", "--prefix", prefix.path], timeoutMs: DEADLINE_MS });
  await using boards = new LineProcess(IOT, ["sim", "board", "parking", "--pty"]);
  const ports: string[] = [];
  for (let index = 0; index < 2; index++) {
    ports.push((await boards.line()).replace(/^.* serial:\/\//, ""));
  }
  const output = await need(await venv("python"), {
    args: [`${ROOT}scripts/bench/kernel_bench.py`, ...ports],
    env: { ...isolated(prefix.path), JUPYTER_PATH: `${prefix.path}/share/jupyter` },
    timeoutMs: DEADLINE_MS,
  });
  return new Map(
    output.trim().split("\n").map((line) => {
      const { figure, ...samples } = JSON.parse(line);
      return [figure, samples];
    }),
  );
}

/** One line of the table, and whether its limit is kept. */
function judge(row: Row, samples: Samples): { line: string; kept: boolean } {
  const { label, unit, who, against, limit } = row;
  const value = median(samples[who]);
  const other = against === undefined ? undefined : median(samples[against]);
  const judged = other === undefined ? value : value / other;
  const kept = limit === undefined ||
    ("atMost" in limit ? judged <= limit.atMost : judged >= limit.atLeast);
  const suffix = other === undefined ? "" : "×";
  const bound = limit === undefined
    ? ""
    : "atMost" in limit
    ? `≤ ${limit.atMost}${suffix}`
    : `≥ ${limit.atLeast}${suffix}`;
  const verdict = limit === undefined ? "" : kept ? "kept" : "MISSED";
  return { line: columns(label, value, other, { unit, bound, verdict }), kept };
}

function columns(
  label: string,
  value: number,
  other: number | undefined,
  { unit, bound, verdict }: { unit: string; bound: string; verdict: string },
): string {
  const amount = (figure: number) => `${figure.toFixed(figure < 10 ? 2 : 1)} ${unit}`;
  return [
    label.padEnd(40),
    amount(value).padStart(10),
    (other === undefined ? "" : amount(other)).padStart(11),
    (other === undefined ? "" : `${(value / other).toFixed(2)}×`).padStart(7),
    bound.padStart(8),
    `  ${verdict}`,
  ].join(" ").trimEnd();
}

const figures = await measure();
console.log("Medians; ours, what it is held against, the ratio, the limit.\n");
for (const row of ROWS) {
  const { line, kept } = judge(row, figures.get(row.figure)!);
  console.log(line);
  if (!kept) Deno.exitCode = 1;
}
