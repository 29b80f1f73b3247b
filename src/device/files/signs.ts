/** What a receiver on a board says: single signs, with anything else around them. */

import { randomUint32 } from "@/base/random.ts";

/** Send me the next block. */
const ASK = 0x06;
/** A file is whole and in its place: a number, in a line. */
const PLACED = 0x1a;
/** A file is not: its number, and the board's error number, in a line. */
const REFUSED = 0x15;
/** How much memory is free, in a line. */
const FREE = 0x16;
const LINE_END = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;

/** A file that the board did not take; `errno` 0 when its digest is wrong. */
export interface Refusal {
  /** Counted from the first of this conversation. */
  readonly index: number;
  readonly errno: number;
}

/**
 * A number for the first file of a conversation, which nothing but its program knows: a board that
 * restarted echoes what is sent on, content that holds signs of its own, too.
 */
export function firstNumber(): number {
  return 100_000 + randomUint32() % 800_000;
}

/** Reads signs as they come, and waits for the next request. */
export class SignReader {
  /** How many files are in their place. */
  filesDone = 0;
  refusal: Refusal | undefined;
  /** Whether the board refused its program, as it was changed on the way. */
  broken = false;
  /** How much memory the board said is free, in bytes; 0 when it did not. */
  freeBytes = 0;
  readonly #first: number;
  #asked = 0;
  #ended = false;
  #line: number[] | undefined;
  #wake: (() => void) | undefined;

  /** @param first the number of the first file */
  constructor(first: number) {
    this.#first = first;
  }

  /** Takes what the board printed. */
  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      // A sign within a line: the end of the line was lost.
      if (this.#line !== undefined && (byte >= SPACE || byte === RETURN)) this.#line.push(byte);
      else if (byte === LINE_END && this.#line !== undefined) this.#endLine();
      else if (byte === ASK) this.#asked++;
      else if (byte === PLACED || byte === REFUSED || byte === FREE) this.#line = [byte];
    }
    this.#wake?.();
  }

  /** The program has ended. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Waits until the board asks for a block; `late` when it does not in time. */
  async next(withinMs: number): Promise<"asked" | "ended" | "late"> {
    const end = performance.now() + withinMs;
    for (;;) {
      if (this.#asked > 0) {
        this.#asked--;
        return "asked";
      }
      if (this.#ended) return "ended";
      const left = end - performance.now();
      if (left <= 0) return "late";
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, left);
      await promise;
      clearTimeout(timer);
      this.#wake = undefined;
    }
  }

  #endLine(): void {
    const [sign, ...letters] = this.#line!;
    const text = String.fromCharCode(...letters).trim();
    this.#line = undefined;
    if (sign === PLACED) {
      if (text === String(this.#first + this.filesDone)) this.filesDone++;
      return;
    }
    const [, index, errno] = /^(\d+),(\d+)$/.exec(text) ?? [];
    if (sign === FREE) this.freeBytes = /^\d+$/.test(text) ? Number(text) : 0;
    else if (errno === undefined) this.broken = text === "code";
    else this.refusal ??= { index: Number(index), errno: Number(errno) };
  }
}
