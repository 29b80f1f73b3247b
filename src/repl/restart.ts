/** Soft reset: a fresh interpreter, and back at the prompt of the raw REPL. */

import { concat, encode, indexOfBytes, printable } from "@/base/bytes.ts";
import { isGone } from "@/transport/transport.ts";
import { enter, type Line } from "./enter.ts";
import type { Restarted } from "./executor.ts";
import { Interruption } from "./interruption.ts";
import { CTRL_C, CTRL_D, RAW_PROMPT } from "./protocol.ts";
import { ReplError } from "./repl_error.ts";
import { ResetWatch } from "./reset_watch.ts";

/** `MPY: soft reboot` now, `soft reboot` in old firmware; what boot.py prints follows. */
const NOTICE = encode("soft reboot\r\n");

/** What a restart may be told. */
export interface RestartOptions {
  /** Takes what boot.py prints. */
  onOutput?: (chunk: Uint8Array) => void | Promise<void>;
  /** Interrupts boot.py when it aborts. */
  signal?: AbortSignal;
}

/**
 * Soft-resets a board that waits at the prompt of its raw REPL. boot.py runs; main.py does not, as
 * the board stays in the raw REPL.
 *
 * Where the interpreter itself serves the connection, its restart ends it. Nobody knows when that is
 * noticed: before the board's notice is read, behind it, or when some of what a new interpreter says
 * has come through. So it is waited for, and the connection is of no use however that went.
 *
 * @throws {ReplError} when it is not back in time.
 */
export async function restart(line: Line, options: RestartOptions): Promise<Restarted> {
  const { transport, inbox, timeouts } = line;
  // Ctrl-C first: on a line that is not empty, Ctrl-D would run it instead.
  await transport.write(Uint8Array.of(CTRL_C, CTRL_D));
  const { endsOnRestart = false } = transport;
  try {
    const answer = await inbox.until([NOTICE, RAW_PROMPT], { withinMs: timeouts.replyMs });
    if (answer === undefined) throw notBack(line, timeouts.replyMs);
    if (endsOnRestart) await awaitEnd(line, options);
    else if (answer.which === 0) await awaitBoot(line, options);
  } catch (error) {
    if (!endsOnRestart || !isGone(error)) throw error;
  }
  return endsOnRestart ? "ended" : "ready";
}

/** Waits for the end of the connection, as long as that may take; what still comes is lost. */
async function awaitEnd({ inbox, timeouts }: Line, { signal }: RestartOptions): Promise<void> {
  const end = performance.now() + timeouts.endMs;
  const stop = () => inbox.wake();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    while (!signal?.aborted && performance.now() < end) {
      await inbox.next({ withinMs: end - performance.now() });
    }
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

async function awaitBoot(line: Line, options: RestartOptions): Promise<void> {
  const { transport, inbox, timeouts } = line;
  const { onOutput = () => {}, signal } = options;
  const interruption = new Interruption(transport, timeouts);
  const stop = () => {
    interruption.begin();
    inbox.wake();
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    if (signal?.aborted) stop();
    await followBoot(line, { onOutput, interruption });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

async function followBoot(
  line: Line,
  { onOutput, interruption }: {
    onOutput: (chunk: Uint8Array) => void | Promise<void>;
    interruption: Interruption;
  },
): Promise<void> {
  const { inbox, timeouts } = line;
  const end = performance.now() + timeouts.softResetMs;
  const watch = new ResetWatch();
  let suspicious = false;
  let held: Uint8Array = new Uint8Array();
  for (;;) {
    const left = end - performance.now();
    if (left <= 0) throw notBack(line, timeouts.softResetMs);
    const due = suspicious ? timeouts.resetQuietMs : interruption.dueInMs ?? left;
    const chunk = await inbox.next({ withinMs: Math.min(due, left) });
    if (interruption.advance()) throw notBack(line, timeouts.softResetMs);
    if (chunk === undefined) {
      const quietMs = performance.now() - inbox.lastByteAt;
      // It came up in its friendly REPL: restarted all the same.
      if (suspicious && quietMs >= timeouts.resetQuietMs) return void await enter(line, {});
      continue;
    }
    suspicious = watch.push(chunk);
    held = concat([held, chunk]);
    const prompt = indexOfBytes(held, RAW_PROMPT);
    const ready = prompt === -1 ? held.length - overlap(held, RAW_PROMPT) : prompt;
    if (ready > 0) await onOutput(held.subarray(0, ready));
    if (prompt !== -1) return inbox.unread(held.subarray(prompt + RAW_PROMPT.length));
    held = held.subarray(ready);
  }
}

/** How many bytes at the end of `bytes` may be the beginning of `pattern`. */
function overlap(bytes: Uint8Array, pattern: Uint8Array): number {
  for (let count = Math.min(bytes.length, pattern.length - 1); count > 0; count--) {
    if (bytes.subarray(-count).every((byte, index) => byte === pattern[index])) return count;
  }
  return 0;
}

function notBack({ transport: { address }, inbox: { recent } }: Line, ms: number): ReplError {
  return new ReplError(
    "busy",
    address,
    `The board at ${address} was told to restart and is not back after ${ms / 1000} s. Does its ` +
      `boot.py end? The last that came was ${printable(recent)}.`,
    { received: recent },
  );
}
