/** The reset button, pressed by a program. */

import { ReplError } from "@/repl/repl_error.ts";
import { TransportError } from "@/transport/transport.ts";
import type { Device } from "./device.ts";

/** Resets, at once; a board without such a function says so by an exception. */
const RESET = `def _iot():
    try:
        from microcontroller import reset
    except ImportError:
        from machine import reset
    reset()


_iot()
`;

/** A board that has not gone by then does not know how to. */
const RESET_MS = 5_000;

/** How the board says good-bye: by going away, by a banner, or by nothing that makes sense. */
const GONE: ReadonlySet<string> = new Set(["reset", "exit", "protocol", "busy", "timeout"]);

/**
 * Resets the board. Its connection is of no use afterwards.
 *
 * @throws {ReplError} `exception` when the board cannot reset itself.
 * @throws the signal's reason when it aborts.
 */
export async function hardReset(
  device: Device,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  const giveUp = AbortSignal.timeout(RESET_MS);
  try {
    await device.evaluate(RESET, { signal: signal ? AbortSignal.any([signal, giveUp]) : giveUp });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TransportError) return;
    if (error instanceof ReplError && GONE.has(error.code)) return;
    if (error === giveUp.reason) return;
    throw error;
  }
}
