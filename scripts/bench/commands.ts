/** Times whole commands side by side, in turn, so that a noisy machine is noisy for all of them. */

import { capture } from "../run.ts";

/** A command to time. */
export interface Contestant {
  readonly label: string;
  readonly argv: readonly string[];
  /** What it must print on standard output; a run that prints something else is an error. */
  readonly prints: string;
}

/** What was measured, in milliseconds. */
export interface Timing {
  readonly label: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** No command here takes this long; one that does hangs. */
const COMMAND_DEADLINE_MS = 30_000;

/** Runs the commands in turn, `runs` times each, after one round that is not counted. */
export async function timeCommands(
  contestants: readonly Contestant[],
  runs: number,
): Promise<Timing[]> {
  const timings = contestants.map((): number[] => []);
  for (let round = 0; round <= runs; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const ms = await timeOnce(contestant);
      if (round > 0) timings[index].push(ms);
    }
  }
  return contestants.map(({ label }, index) => summarize(label, timings[index]));
}

async function timeOnce({ label, argv: [command, ...args], prints }: Contestant): Promise<number> {
  const start = performance.now();
  const { code, stdout, stderr } = await capture(command, { args, timeoutMs: COMMAND_DEADLINE_MS });
  const ms = performance.now() - start;
  const text = stdout.replaceAll("\r\n", "\n");
  if (code !== 0 || text !== prints) {
    throw new Error(`${label}: exit code ${code}, printed ${JSON.stringify(text)}\n${stderr}`);
  }
  return ms;
}

/** The one in the middle; of an even number of samples, the upper of the two. */
export function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];
}

function summarize(label: string, samples: readonly number[]): Timing {
  return {
    label,
    medianMs: median(samples),
    minMs: Math.min(...samples),
    maxMs: Math.max(...samples),
  };
}

/** The timings as a table for people. */
export function table(timings: readonly Timing[]): string {
  const width = Math.max(...timings.map(({ label }) => label.length));
  const number = (ms: number) => ms.toFixed(1).padStart(8);
  return [
    `${"".padEnd(width)}  median/ms      min      max`,
    ...timings.map(({ label, medianMs, minMs, maxMs }) =>
      `${label.padEnd(width)}   ${number(medianMs)} ${number(minMs)} ${number(maxMs)}`
    ),
  ].join("\n");
}
