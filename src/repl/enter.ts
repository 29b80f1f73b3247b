/** Getting hold of a board, whatever it is doing. */

import { encode, printable } from "@/base/bytes.ts";
import { logger } from "@/base/log.ts";
import { randomWord } from "@/base/random.ts";
import type { Transport } from "@/transport/transport.ts";
import type { Inbox } from "./inbox.ts";
import { FRIENDLY_PROMPT, RAW_PROMPT } from "./protocol.ts";
import { ReplError } from "./repl_error.ts";
import type { ReplTimeouts } from "./timeouts.ts";

/**
 * Enter ends a line that was half typed, the first Ctrl-C ends the program, the second what it
 * does upon the first (or clears the line of a raw REPL), Ctrl-A enters. Ctrl-A before Ctrl-C can
 * wedge a busy board. All in one write: an idle board answers after one round trip.
 */
const ENTER = encode("\r\x03\x03\x01");
/**
 * What an idle board answers before its raw prompt: one friendly prompt for each key. Anything else
 * may be left from an earlier program, its raw prompt included: then the board is asked for a word
 * to see that it hears us.
 */
const IDLE_ECHO = /^(?:\r\n>>> ){3}\r\n$/;
/**
 * What ends an aiorepl, the REPL of an asyncio program (micropython-lib, aiorepl): Ctrl-B leaves its
 * raw REPL, where code can neither be interrupted nor has the board for itself, and Ctrl-D its
 * prompt. At MicroPython's own prompt Ctrl-D would be a soft reset: only sent behind `--> `.
 */
const LEAVE_AIOREPL = encode("\x02\x04");
/** An aiorepl's prompt, before it answers Ctrl-A or at the end of what came. */
const AIOREPL = /--> $/;
/** The first attempt's share of the time that later ones get. */
const FIRST_ATTEMPT = 0.2;
const log = logger("repl");

/** How often to try to be in step. */
const SYNC_ATTEMPTS = 3;

/** What the steps below work with. */
export interface Line {
  readonly transport: Transport;
  readonly inbox: Inbox;
  readonly timeouts: ReplTimeouts;
}

/**
 * Brings the board to the prompt of its raw REPL, interrupting what it runs.
 *
 * @returns whether it is certain that the board answered us. What an idle board says at once may
 * also be its answer to somebody who spoke to it just before: the first thing it is asked must tell.
 * @throws {ReplError} `silent`, `busy` or `protocol`.
 * @throws {TransportError} when the connection breaks.
 * @throws the signal's reason when it aborts.
 */
export async function enter(line: Line, { signal }: { signal?: AbortSignal }): Promise<boolean> {
  const { transport, inbox, timeouts } = line;
  const started = performance.now();
  const inStepMs = timeouts.replyMs / SYNC_ATTEMPTS;
  // What is still on its way is told from our answer below. Waiting for it here, if only for the
  // next turn, would load Deno's timers before the board has anything to do: 5 ms of every command.
  const fresh = !inbox.clear();
  for (let attempt = 1;; attempt++) {
    await transport.write(ENTER, signal && { signal });
    // Short at first: a Ctrl-C is lost on a board that is just about to start a program.
    const withinMs = timeouts.attemptMs * Math.min(1, FIRST_ATTEMPT * 2 ** (attempt - 1));
    const found = await inbox.until([RAW_PROMPT], { withinMs, signal });
    const said = ascii(found === undefined ? inbox.recent : found.before);
    if (AIOREPL.test(said) && inbox.lastByteAt >= started) {
      await transport.write(LEAVE_AIOREPL, signal && { signal });
      await inbox.until([FRIENDLY_PROMPT], { withinMs: inStepMs, signal });
    } else if (found !== undefined) {
      const plain = attempt === 1 && fresh && IDLE_ECHO.test(said) && inbox.ahead.length === 0;
      const isIn = plain || await answersTo(freshWord(), line, { withinMs: inStepMs, signal });
      if (isIn) {
        log.debug(() => `${transport.address} is at its raw REPL, attempt ${attempt}`);
        return !plain;
      }
    }
    const heard = inbox.lastByteAt >= started;
    const elapsed = performance.now() - started;
    log.info(() =>
      `${transport.address} is not at its raw REPL, attempt ${attempt}, ${
        Math.round(elapsed)
      } ms: ` +
      (heard ? `the last that came is ${printable(inbox.recent)}` : "nothing came")
    );
    if (elapsed >= (heard ? timeouts.enterMs : timeouts.silentMs)) {
      throw notEntered(line, { heard, seconds: Math.round(elapsed / 100) / 10 });
    }
  }
}

/**
 * Makes sure that the board is at the prompt and that nothing said earlier is still to come.
 *
 * @throws {ReplError} `protocol` when it is not so.
 */
export async function synchronise(line: Line): Promise<void> {
  const withinMs = line.timeouts.replyMs / SYNC_ATTEMPTS;
  for (let attempt = 1; attempt <= SYNC_ATTEMPTS; attempt++) {
    if (await answersTo(freshWord(), line, { withinMs })) return;
  }
  const { transport: { address }, inbox: { recent } } = line;
  throw new ReplError(
    "protocol",
    address,
    `The board at ${address} is at its prompt, but does not answer as it should. ` +
      `The last that came was ${printable(recent)}. Reset the board.`,
    { received: recent },
  );
}

/** Whether the board says a word that it cannot have said before. */
async function answersTo(
  word: string,
  { transport, inbox }: Line,
  { withinMs, signal }: { withinMs: number; signal?: AbortSignal | undefined },
): Promise<boolean> {
  await transport.write(encode(`\x03print("${word}")\x04`), signal && { signal });
  const answer = encode(`${word}\r\n\x04\x04>`);
  return await inbox.until([answer], { withinMs, signal }) !== undefined;
}

function freshWord(): string {
  return `iot-${randomWord()}`;
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function notEntered(
  { transport: { address }, inbox: { recent: received } }: Line,
  { heard, seconds }: { heard: boolean; seconds: number },
): ReplError {
  if (!heard) {
    return new ReplError(
      "silent",
      address,
      `Nothing answers at ${address}: Ctrl-C and Ctrl-A were sent for ${seconds} s and no byte ` +
        "came back. Is MicroPython on this board, is this its REPL port, is the speed right? " +
        "Try to reset or unplug it.",
      { received },
    );
  }
  if (looksGarbled(received)) {
    return new ReplError(
      "protocol",
      address,
      `What comes from ${address} is not text, e.g. ${printable(received)}. Is the speed ` +
        "right (?baud=…), and is MicroPython on this board?",
      { received },
    );
  }
  return new ReplError(
    "busy",
    address,
    `The board at ${address} does not stop what it does: Ctrl-C and Ctrl-A were sent for ` +
      `${seconds} s. The last that came was ${
        printable(received)
      }. Reset the board (hardreset); if its ` +
      "main.py takes Ctrl-C for itself, hold it in safe mode.",
    { received },
  );
}

/** Whether more than a quarter of `bytes` is neither ASCII text nor UTF-8. */
function looksGarbled(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  const odd = [...text].filter((letter) => letter === "\ufffd" || letter < "\t").length;
  return odd * 4 > text.length;
}
