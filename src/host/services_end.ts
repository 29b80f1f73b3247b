/** Ends what a cell started in a container. Ending the engine's own program would leave it running. */

import { pause, within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Engine } from "./engine.ts";
import { type EndSignal, signalArguments } from "./services_script.ts";

/** What processes are asked with, and how long each has to end them, in milliseconds. */
const STAGES: readonly (readonly [EndSignal, number])[] = [
  ["INT", 2_000],
  ["TERM", 2_000],
  ["KILL", 2_000],
];

/** Between two looks, in milliseconds. A look is a process in the container. */
const POLL_MS = 100;

/** How long the engine may take to send one signal, in milliseconds. */
const SEND_MS = 10_000;

/** The processes of a cell. */
export interface RunningCell {
  /** The engine's name of the container. */
  readonly container: string;
  /** Whom they run as; the container's own user where not said. Another could not see their marks. */
  readonly user?: string | undefined;
  /** What marks them. */
  readonly mark: string;
  /** Settles when the engine says that the cell has ended. */
  readonly done: Promise<unknown>;
}

/**
 * Ends all processes that are marked, first kindly. Returns whether none is left that can be seen,
 * and the cell has ended. Never rejects: an engine that does not answer leaves what it leaves.
 */
export async function endCell(engine: Engine, cell: RunningCell): Promise<boolean> {
  for (const [signal, graceMs] of STAGES) {
    const end = performance.now() + graceMs;
    await send(engine, cell, signal);
    do {
      // One that has not begun yet is not there to be seen: it gets the next signal.
      const [ended, left] = await Promise.all([
        within(POLL_MS, cell.done),
        send(engine, cell, "0"),
      ]);
      if (ended && left === 0) return true;
      if (ended) await pause(POLL_MS);
    } while (performance.now() < end);
  }
  return false;
}

/** Signals the processes of a cell, and returns how many there were; none if nobody can tell. */
async function send(engine: Engine, cell: RunningCell, signal: EndSignal): Promise<number> {
  const { container, user, mark } = cell;
  const asUser = user === undefined ? [] : ["--user", user];
  const args = ["exec", ...asUser, container, ...signalArguments(mark, signal)];
  try {
    const { stdout } = await engine.call(args, { timeoutMs: SEND_MS });
    return stdout.split("\n").filter((line) => /^\d+$/.test(line)).length;
  } catch (error) {
    if (!(error instanceof IotError || error instanceof Deno.errors.NotFound)) throw error;
    return 0;
  }
}
