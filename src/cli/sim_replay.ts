/** `iot sim --replay FILE`: a board that says what a recorded one said (docs/logging.md). */

import { aborted } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Sink } from "@/base/sink.ts";

/** What to play back, and where. */
export interface ReplayOptions {
  /** The trace. */
  readonly file: string;
  /** A path makes a symbolic link to the pseudo-terminal. */
  readonly pty?: string;
  /** A port of this computer instead of a pseudo-terminal; 0 for any. */
  readonly tcp?: number;
}

/** A trace that is being played back. */
export interface Replay extends AsyncDisposable {
  readonly address: string;
  /** The commands that were recorded, and the seed of what each made up. */
  readonly commands: readonly { readonly command: string; readonly seed: number }[];
  readonly connections: number;
  /** How many connections have been played so far. */
  played(): number;
  /** Resolves when all have been played; to what was different, if anything. */
  readonly ended: Promise<string | undefined>;
}

/**
 * Begins to play back; the composition root brings it.
 *
 * @throws {RangeError} when the trace cannot be read.
 * @throws {Deno.errors.AddrInUse} when another program has the port.
 */
export type StartReplay = (options: ReplayOptions) => Promise<Replay>;

/**
 * Plays back until all connections of the trace have been played.
 *
 * @throws {IotError} with exit code 1 when the host said something else, or not all.
 */
export async function playBack(
  { sink, signal }: { readonly sink: Sink; readonly signal: AbortSignal },
  { name, start }: { readonly name: string; readonly start: () => Promise<Replay> },
): Promise<void> {
  await using replay = await start();
  for (const { command, seed } of replay.commands) {
    await sink.write("stderr", `IOT_SEED=${seed} ${command}\n`);
  }
  await sink.write("stdout", `${name} ${replay.address}\n`);
  await sink.flush();
  const difference = await Promise.race([replay.ended, aborted(signal)]);
  if (difference !== undefined) {
    throw new IotError(
      `The host did not say what was recorded. ${difference}. Was it started as it was then, with ` +
        "the same IOT_SEED?",
      1,
    );
  }
  const [played, all] = [replay.played(), replay.connections];
  if (played < all) {
    throw new IotError(`Only ${played} of ${all} recorded connections were played back.`, 1);
  }
}
