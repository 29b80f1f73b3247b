/** Ends what a cell started elsewhere. Ending the program that started it would leave it running. */

import { pause, within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Place } from "./services_place.ts";
import { type EndSignal, signalArguments } from "./services_script.ts";

/** What processes are asked with, and how long each has to end them, in milliseconds. */
const STAGES: readonly (readonly [EndSignal, number])[] = [
  ["INT", 2_000],
  ["TERM", 2_000],
  ["KILL", 2_000],
];

/** Between two looks, in milliseconds. A look is a process there. */
const POLL_MS = 100;

/** How long sending one signal may take, in milliseconds. */
const SEND_MS = 10_000;

/** How long all of it may take: a connection may be gone. */
const TOTAL_MS = 20_000;

/** The processes of a cell. */
export interface RunningCell {
  readonly place: Place;
  /** What marks them. */
  readonly mark: string;
  /** Settles when the cell's shell has ended, as far as is known here. */
  readonly done: Promise<unknown>;
}

/**
 * Ends all processes that are marked, first kindly. Returns whether none is left that can be seen,
 * and the cell has ended. Never rejects: who does not answer leaves what is left.
 */
export async function endCell(cell: RunningCell): Promise<boolean> {
  const deadline = performance.now() + TOTAL_MS;
  for (const [signal, graceMs] of STAGES) {
    if (performance.now() >= deadline) break;
    const end = performance.now() + graceMs;
    await send(cell, signal, { deadline });
    do {
      // One that has not begun yet is not there to be seen: it gets the next signal.
      const [ended, left] = await Promise.all([
        within(POLL_MS, cell.done),
        send(cell, "0", { deadline }),
      ]);
      if (ended && left === 0) return true;
      if (ended) await pause(POLL_MS);
    } while (performance.now() < end);
  }
  return false;
}

/** Signals the processes of a cell, and returns how many there were; none if nobody can tell. */
async function send(
  { place, mark }: RunningCell,
  signal: EndSignal,
  { deadline }: { readonly deadline: number },
): Promise<number> {
  const args = place.argumentsFor(signalArguments(mark, signal));
  const timeoutMs = Math.max(0, Math.min(SEND_MS, deadline - performance.now()));
  try {
    const { stdout } = await place.starter.call(args, { timeoutMs });
    return stdout.split("\n").filter((line) => /^\d+$/.test(line)).length;
  } catch (error) {
    if (!(error instanceof IotError || error instanceof Deno.errors.NotFound)) throw error;
    return 0;
  }
}
