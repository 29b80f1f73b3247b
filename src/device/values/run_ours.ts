/** Running code of ours that may take long on a board, as long as it shows that it goes on. */

import { Interrupted } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import { ReplError } from "@/repl/repl_error.ts";
import type { Device } from "../device.ts";

/** How long a board may say nothing in the middle, in milliseconds. A piece takes it a moment. */
const QUIET_MS = 30_000;

/** How long clearing up after a failure may take, in milliseconds. */
const CLEAR_MS = 5_000;

/** How code of ours ended, and what it printed. */
export interface Told {
  readonly outcome: Outcome;
  readonly text: string;
}

/**
 * Runs `code` and collects what it prints, up to `maxBytes`.
 *
 * @throws {ReplError} `timeout` when nothing comes for long, besides what Device.exec() throws.
 * @throws the signal's reason when it aborts.
 */
export async function runOurs(
  device: Device,
  code: string,
  { signal, maxBytes = 64 * 1024 }: { readonly signal: AbortSignal; readonly maxBytes?: number },
): Promise<Told> {
  signal.throwIfAborted();
  const stop = new AbortController();
  let failure: ReplError | undefined;
  const giveUp = (reason: string) => {
    failure = new ReplError("timeout", device.url, `The board at ${device.url} ${reason}.`);
    stop.abort(new Interrupted());
  };
  const fall = () => giveUp("said nothing for too long");
  let timer = setTimeout(fall, QUIET_MS);
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  try {
    const outcome = await device.exec(code, {
      signal: AbortSignal.any([signal, stop.signal]),
      onOutput: (chunk) => {
        clearTimeout(timer);
        timer = setTimeout(fall, QUIET_MS);
        bytes += chunk.length;
        if (bytes > maxBytes) giveUp("said more than any value takes");
        else parts.push(decoder.decode(chunk, { stream: true }));
      },
    });
    signal.throwIfAborted();
    if (failure !== undefined) throw failure;
    return { outcome, text: parts.join("") };
  } catch (error) {
    throw failure ?? error;
  } finally {
    clearTimeout(timer);
  }
}

/** Removes names of ours from `__main__`, whatever happened before; a board that is gone has none. */
export async function forgetOurs(device: Device, names: readonly string[]): Promise<void> {
  // One by one: that needs the least memory, of which there may be none left.
  for (const name of names) {
    if (device.lost) return;
    await device.exec(`globals().pop('${name}',0)\n`, { deadlineMs: CLEAR_MS }).catch(() => {});
  }
}

/** Whether a board said that its memory is used up. */
export function isMemoryError(outcome: Outcome): boolean {
  return outcome.status === "error" && outcome.ename === "MemoryError";
}
