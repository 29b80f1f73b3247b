/** Sending code to a board that waits at the prompt of its raw REPL. */

import { concat, printable } from "@/base/bytes.ts";
import { UsageError } from "@/base/errors.ts";
import type { Line } from "./enter.ts";
import type { Interruption } from "./interruption.ts";
import {
  CODE_ACCEPTED,
  CTRL_D,
  EOT,
  PASTE_ACCEPTED,
  PASTE_REFUSED,
  PASTE_REQUEST,
  PROMPT,
  RAW_PROMPT,
  RESERVED,
  WINDOW_GRANTED,
} from "./protocol.ts";
import { ReplError } from "./repl_error.ts";
import { isAtFriendlyPrompt } from "./reset_watch.ts";

/** One delivery of code. */
export interface Delivery {
  readonly line: Line;
  /** UTF-8, one byte or more. */
  readonly code: Uint8Array;
  /** Once it has begun, no more code is sent. */
  readonly interruption: Interruption;
  /** Takes what the board printed meanwhile, e.g. from a timer. */
  readonly onOutput: (chunk: Uint8Array) => void | Promise<void>;
}

/**
 * What came of it: the board has the code and its answer follows; it was interrupted before the
 * board had anything to answer; or the board does not know raw paste and waits at its prompt.
 */
export type Delivered = "running" | "cancelled" | "unsupported";

const END_OF_CODE = Uint8Array.of(CTRL_D);

/** What ends an answer, whether or not the code raised something. */
const END_OF_ANSWER = Uint8Array.of(EOT, PROMPT);

/** How long a board may take to its first answer where it is not certain that it heard us. */
const FIRST_ANSWER_MS = 1_000;

/** What a board may say to the request. */
const ANSWERS = [PASTE_ACCEPTED, PASTE_REFUSED, RAW_PROMPT];

/** How a delivery by raw paste went, and the board's window in bytes. */
export interface Pasted {
  readonly delivered: Delivered;
  readonly window: number;
}

type Answer = Awaited<ReturnType<Line["inbox"]["until"]>>;

/**
 * Sends code by raw paste, where the board says when it has room for more.
 *
 * @param options `knownWindow`, in bytes, is what this board granted before: code up to that size
 * goes out together with the request, so that one round trip does instead of two
 * @returns what came of it, and the board's window in bytes
 * @throws {ReplError} when the board does not answer as it should.
 */
export async function pasteCode(
  delivery: Delivery,
  { knownWindow = 0 }: { knownWindow?: number } = {},
): Promise<Pasted> {
  const { line: { transport, inbox, timeouts: { replyMs } }, code } = delivery;
  const ended = code.length <= knownWindow;
  await transport.write(ended ? concat([PASTE_REQUEST, code, END_OF_CODE]) : PASTE_REQUEST);
  return await conclude(delivery, await inbox.until(ANSWERS, { withinMs: replyMs }), { ended });
}

/**
 * As {@linkcode pasteCode}, for a board whose prompt may have been meant for somebody before us.
 *
 * @returns undefined when it says anything but that it takes the code: it may be out of step, or
 * not know raw paste. No code has been sent then.
 * @throws {ReplError} when the board does not answer as it should.
 */
export async function pasteFirstCode(delivery: Delivery): Promise<Pasted | undefined> {
  const { line: { transport, inbox, timeouts: { replyMs } }, interruption } = delivery;
  await transport.write(PASTE_REQUEST);
  const withinMs = Math.min(replyMs, FIRST_ANSWER_MS);
  const answer = await inbox.until(ANSWERS, { withinMs });
  const isClean = answer?.before.length === 0 && ANSWERS[answer.which] !== RAW_PROMPT;
  if (!isClean && !interruption.begun) return undefined;
  return await conclude(delivery, answer, { ended: false });
}

/** Goes on from what the board said to the request. */
async function conclude(
  delivery: Delivery,
  answer: Answer,
  { ended }: { ended: boolean },
): Promise<Pasted> {
  const { line: { inbox, timeouts: { replyMs } }, interruption } = delivery;
  if (answer === undefined) throw noAnswer(delivery, "the request to send code");
  const printed = unasked(answer.before);
  if (printed.length > 0) await delivery.onOutput(printed);
  if (ANSWERS[answer.which] !== PASTE_ACCEPTED) {
    // A refusal is followed by a prompt.
    if (ANSWERS[answer.which] === PASTE_REFUSED) await inbox.take(1, { withinMs: replyMs });
    return { delivered: interruption.begun ? "cancelled" : "unsupported", window: 0 };
  }
  const size = await inbox.take(2, { withinMs: replyMs });
  const window = size === undefined ? 0 : size[0] | size[1] << 8;
  if (window === 0) throw noAnswer(delivery, "the request to send code");
  await feed(delivery, { window, ended });
  return { delivered: "running", window };
}

/** Sends code a window at a time, until the board says that it has all, or wants no more. */
async function feed(
  delivery: Delivery,
  options: { window: number; ended: boolean },
): Promise<void> {
  const { line: { transport, inbox, timeouts }, code, interruption, onOutput } = delivery;
  let { window: room, ended } = options;
  let sent = 0;
  let progressAt = performance.now();
  for (;;) {
    if (!ended && room > 0 && !interruption.begun) {
      const part = code.subarray(sent, sent + room);
      sent += part.length;
      room -= part.length;
      ended = sent === code.length;
      await transport.write(ended ? concat([part, END_OF_CODE]) : part);
      continue;
    }
    const withinMs = interruption.dueInMs ?? timeouts.replyMs;
    const chunk = await inbox.next({ withinMs });
    const now = performance.now();
    if (chunk === undefined) {
      const inVain = interruption.begun
        ? interruption.advance()
        : now - progressAt >= timeouts.replyMs;
      if (inVain) throw noAnswer(delivery, `${sent} of ${code.length} bytes of code`);
      continue;
    }
    progressAt = now;
    const end = chunk.indexOf(EOT);
    const signs = end === -1 ? chunk : chunk.subarray(0, end);
    room += options.window * signs.filter((byte) => byte === WINDOW_GRANTED).length;
    const printed = signs.filter((byte) => byte !== WINDOW_GRANTED);
    if (printed.length > 0) await onOutput(printed);
    if (end === -1) continue;
    inbox.unread(chunk.subarray(end + 1));
    // The board has stopped reading, e.g. at a syntax error, and skips all up to our end.
    if (!ended && !interruption.begun) await transport.write(END_OF_CODE);
    return;
  }
}

/**
 * Types a line of code, for boards without raw paste. They cannot say when they have room, so it
 * must fit the board's receive ring together with the Ctrl-D that ends it; collect_code.ts makes
 * such lines.
 *
 * @throws {ReplError} when the board does not answer as it should.
 */
export async function typeLine(delivery: Delivery): Promise<Exclude<Delivered, "unsupported">> {
  const { line: { transport, inbox, timeouts }, code, interruption, onOutput } = delivery;
  // Ctrl-C may have been sent, and the board answers nothing to that.
  if (interruption.begun) return "cancelled";
  await transport.write(concat([code, END_OF_CODE]));
  const end = performance.now() + timeouts.replyMs;
  for (;;) {
    const left = end - performance.now();
    const withinMs = interruption.begun ? timeouts.interruptMs : left;
    const answer = await inbox.until([CODE_ACCEPTED], { withinMs });
    if (answer !== undefined) {
      const printed = unasked(answer.before);
      if (printed.length > 0) await onOutput(printed);
      return "running";
    }
    // The end of the code was lost on its way, and Ctrl-C has emptied the line.
    if (interruption.begun) return "cancelled";
    if (left <= 0) throw noAnswer(delivery, `${code.length} bytes of code`);
  }
}

/**
 * Waits until a line of ours has ended that {@linkcode typeLine} delivered and that takes no time.
 * What it prints is lost.
 *
 * @throws {ReplError} when it does not end in time.
 */
export async function finishLine(delivery: Delivery): Promise<void> {
  const { line: { inbox, timeouts: { replyMs } }, code } = delivery;
  const found = await inbox.until([END_OF_ANSWER], { withinMs: replyMs });
  if (found === undefined) throw noAnswer(delivery, `${code.length} bytes of code`);
}

/**
 * What the board printed of itself before its answer, e.g. from a timer; not the rest of an earlier
 * answer, which is there when that code printed what looked like its end.
 */
function unasked(before: Uint8Array): Uint8Array {
  for (let at = before.length - 2; at >= 0; at--) {
    if (before[at] === EOT && before[at + 1] === PROMPT) return before.subarray(at + 2);
  }
  return before;
}

function noAnswer({ line: { transport: { address }, inbox, timeouts } }: Delivery, to: string) {
  const received = inbox.recent;
  if (isAtFriendlyPrompt(received)) return resetError(address, received);
  return new ReplError(
    "protocol",
    address,
    `The board at ${address} has not answered ${to} for ${timeouts.replyMs / 1000} s. ` +
      `The last that came was ${printable(received)}. Connect again, or reset the board.`,
    { received },
  );
}

/** The error for a board that restarted while it ran code. */
export function resetError(address: string, received: Uint8Array): ReplError {
  return new ReplError(
    "reset",
    address,
    `The board at ${address} restarted while it ran the code. Its variables are gone.`,
    { received },
  );
}

/** The error for code that ended the interpreter. */
export function exitError(address: string): ReplError {
  return new ReplError(
    "exit",
    address,
    `The code ended the interpreter of the board at ${address}, as sys.exit() and ` +
      "machine.soft_reset() do. It has started afresh: its variables are gone.",
  );
}

/** The error for code that reaches a board without raw paste damaged, again and again. */
export function damagedError(address: string, attempts: number): ReplError {
  return new ReplError(
    "protocol",
    address,
    `The code was sent to the board at ${address} ${attempts} times and never arrived as it was ` +
      "sent, so it was not run. Is the cable good and the speed right (?baud=…)?",
  );
}

/** @throws {UsageError} when `code` holds a character that a raw REPL takes as a command. */
export function checkCode(code: Uint8Array): void {
  const at = code.findIndex((byte) => RESERVED.has(byte));
  if (at === -1) return;
  const hex = code[at].toString(16).padStart(2, "0");
  const line = code.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
  throw new UsageError(
    `Line ${line} of the code holds the control character 0x${hex}, which a board's REPL takes ` +
      `as a command. Write it as "\\x${hex}" in a string.`,
  );
}
