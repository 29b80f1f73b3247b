/** The reset button, and the one beside it that starts the bootloader, pressed by a program. */

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

/** Starts the bootloader at once, or says by an exception that there is no way to. */
const BOOTLOADER = `def _iot():
    try:
        import microcontroller
    except ImportError:
        from machine import bootloader
        bootloader()
        return
    mode = microcontroller.RunMode
    mode = mode.UF2 if hasattr(mode, "UF2") else mode.BOOTLOADER
    microcontroller.on_next_reset(mode)
    microcontroller.reset()


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
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  await sendAway(device, RESET, options);
}

/**
 * Starts the board's bootloader, to flash it. Its connection is of no use afterwards.
 *
 * @throws {ReplError} `exception` when the board has no way to.
 * @throws the signal's reason when it aborts.
 */
export async function startBootloader(
  device: Device,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  await sendAway(device, BOOTLOADER, options);
}

/** Runs code that ends with the board gone. */
async function sendAway(
  device: Device,
  code: string,
  { signal }: { signal?: AbortSignal },
): Promise<void> {
  const giveUp = AbortSignal.timeout(RESET_MS);
  try {
    await device.evaluate(code, { signal: signal ? AbortSignal.any([signal, giveUp]) : giveUp });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TransportError) return;
    if (error instanceof ReplError && GONE.has(error.code)) return;
    if (error === giveUp.reason) return;
    throw error;
  }
}
