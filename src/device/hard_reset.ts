/** The reset button, and the one beside it that starts the bootloader, pressed by a program. */

import { pause } from "@/base/deadline.ts";
import { ReplError } from "@/repl/repl_error.ts";
import { type ModemLines, TransportError } from "@/transport/transport.ts";
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

/** A board whose program does not stop by then is deaf: it has been sent many a Ctrl-C. */
const HEAR_MS = 5_000;

/** How long a reset line is held (esptool, `reset.py`, `HardReset`: 100 ms). */
const PULSE_MS = 100;

/** A board that has not gone by then does not know how to. */
const RESET_MS = 5_000;

/** How the board says good-bye: by going away, by a banner, or by nothing that makes sense. */
const GONE: ReadonlySet<string> = new Set(["reset", "exit", "protocol", "busy", "timeout"]);

/**
 * Resets the board. Its connection is of no use afterwards.
 *
 * @throws {ReplError} `exception` when the board cannot reset itself; what tells that it does not
 * listen: see {@linkcode isDeaf}.
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

/** Whether an error says that a board runs on whatever it is sent, so that no code can reset it. */
export function isDeaf(error: unknown): error is ReplError {
  return error instanceof ReplError && ["busy", "silent", "protocol"].includes(error.code);
}

/**
 * Resets a board by the modem lines of its port, whatever it does: DTR off and RTS on hold an ESP
 * board's reset (transport/serial/lines.ts), and boards that reset when DTR comes on see that too. The
 * lines are left as they were.
 *
 * @returns false where the port is known to have none. That a board is wired to them nobody can tell.
 * @throws {TransportError} as a write does.
 */
export async function pulseReset(modem: ModemLines | undefined): Promise<boolean> {
  const before = await modem?.state();
  if (modem === undefined || before === undefined) return false;
  if (!await modem.set({ dtr: false, rts: true })) return false;
  await pause(PULSE_MS);
  await modem.set({ dtr: false, rts: false });
  const { dtr = true, rts = true } = before;
  await modem.set({ dtr, rts });
  return true;
}

/**
 * Makes sure that the board listens, so that what comes after is its answer to what it is told.
 *
 * @throws {ReplError} for which {@linkcode isDeaf} holds, when it does not.
 */
async function hear(device: Device, { signal }: { signal?: AbortSignal }): Promise<void> {
  const giveUp = AbortSignal.timeout(HEAR_MS);
  try {
    await device.evaluate("pass\n", {
      signal: signal ? AbortSignal.any([signal, giveUp]) : giveUp,
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (error !== giveUp.reason) throw error;
    throw new ReplError(
      "busy",
      device.url,
      `The board at ${device.url} does not stop what it does.`,
    );
  }
}

/** Runs code that ends with the board gone. */
async function sendAway(
  device: Device,
  code: string,
  { signal }: { signal?: AbortSignal },
): Promise<void> {
  await hear(device, signal ? { signal } : {});
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
