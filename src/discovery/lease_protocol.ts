/**
 * What programs of ours say to each other about a board that one of them holds. JSON lines over the
 * holder's socket `UID.sock` in the runtime directory, one question and one answer a connection.
 */

import type { Party } from "./party.ts";

/** The board that a holder has. */
export interface Held {
  /** Empty while the holder has not asked the board. */
  readonly uid: string;
  readonly platform: string;
  readonly implementation: string;
  readonly version: string;
  readonly machine: string;
  readonly url: string;
  /** As `lineOf` spells it: the same for every way to write the address. */
  readonly line: string;
}

/** `who` asks about the board; `release` asks the holder to let go of it, which it does when idle. */
export interface Question {
  readonly op: "who" | "release";
  readonly by: Party;
}

/** What the holder says. */
export interface Answer {
  readonly holder: Party;
  readonly held: Held;
  /** The port is closed now. */
  readonly released: boolean;
}

/** A question or answer is short; whoever sends more is none of ours. */
const MAX_LINE_BYTES = 16_384;

/** Reads one line of JSON; undefined when the other side closed, or sent something else. */
export async function readMessage(connection: Deno.Conn): Promise<unknown> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  while (text.length < MAX_LINE_BYTES) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
    const end = text.indexOf("\n");
    if (end === -1) continue;
    try {
      return JSON.parse(text.slice(0, end));
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Writes one line of JSON. */
export async function writeMessage(connection: Deno.Conn, message: unknown): Promise<void> {
  let rest: Uint8Array = new TextEncoder().encode(JSON.stringify(message) + "\n");
  while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
}

/** @returns whether `message` is a question. */
export function isQuestion(message: unknown): message is Question {
  const { op, by } = (message ?? {}) as Partial<Question>;
  return (op === "who" || op === "release") && isParty(by);
}

/** @returns whether `message` is an answer. */
export function isAnswer(message: unknown): message is Answer {
  const { holder, held, released } = (message ?? {}) as Partial<Answer>;
  const words = ["uid", "platform", "implementation", "version", "machine", "url", "line"] as const;
  return isParty(holder) && typeof released === "boolean" &&
    typeof held === "object" && held !== null &&
    words.every((word) => typeof held[word] === "string");
}

function isParty(value: unknown): value is Party {
  const { kind, pid, notebook } = (value ?? {}) as Partial<Party>;
  return typeof kind === "string" && typeof pid === "number" &&
    (notebook === undefined || typeof notebook === "string");
}
