/** Standard input for a program that runs on a board. */

import { pause, withDeadline } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { Line } from "./enter.ts";
import { RESERVED } from "./protocol.ts";
import { ReplError } from "./repl_error.ts";

/**
 * So much goes out at once, with a pause before the next: the smallest receive ring known has 64
 * bytes (nRF, and so a micro:bit), and an interpreter may collect garbage for some milliseconds.
 */
const PART_BYTES = 32;
const PART_INTERVAL_MS = 10;

/** What is to be typed. */
interface Feed {
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal | undefined;
  /** How many bytes the program has printed since, where it prints what it reads. */
  readonly echoed?: (() => number) | undefined;
  /** Whether the program still runs. */
  readonly goesOn: () => boolean;
}

/** Sends `bytes` part by part, as long as the program goes on. */
export async function feedProgram(
  { transport, timeouts }: Line,
  { bytes, signal, goesOn, echoed }: Feed,
): Promise<void> {
  const error = () =>
    new ReplError(
      "timeout",
      transport.address,
      `The program on the board at ${transport.address} asked for a line, but has not taken ` +
        `it for ${timeouts.replyMs / 1000} s.`,
    );
  for (let sent = 0; sent < bytes.length; sent += PART_BYTES) {
    const end = performance.now() + timeouts.replyMs;
    if (sent > 0) await pause(PART_INTERVAL_MS, signal);
    // A busy host may bring two parts at once, and a pause says nothing of that; the echo does.
    while (echoed !== undefined && echoed() < sent && goesOn()) {
      if (performance.now() >= end) throw error();
      await pause(PART_INTERVAL_MS, signal);
    }
    signal?.throwIfAborted();
    if (!goesOn()) return;
    const part = bytes.subarray(sent, sent + PART_BYTES);
    await withDeadline(timeouts.replyMs, (signal) => transport.write(part, { signal }), {
      signal,
      error,
    });
  }
}

/** @throws {UsageError} when a REPL would take a byte as a command, Ctrl-C or Ctrl-D, say. */
export function checkInput(bytes: Uint8Array): void {
  const reserved = bytes.find((byte) => RESERVED.has(byte));
  if (reserved === undefined) return;
  const hex = reserved.toString(16).padStart(2, "0");
  throw new UsageError(
    `A line for the program holds the control character 0x${hex}, which the board takes as a command.`,
  );
}
