/** What a receiver on a board says: single signs, with anything else around them. */

/** Send me the next block. */
const ASK = 0x06;
/** A file is whole and in its place. */
const PLACED = 0x1a;
/** A file is not: its number, and the board's error number, in a line. */
const REFUSED = 0x15;
/** How much memory is free, in a line. */
const FREE = 0x16;
const LINE_END = 0x0a;

/** A file that the board did not take; `errno` 0 when its digest is wrong. */
export interface Refusal {
  /** Counted from the first of this conversation. */
  readonly index: number;
  readonly errno: number;
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
  #asked = 0;
  #ended = false;
  #line: number[] | undefined;
  #wake: (() => void) | undefined;

  /** Takes what the board printed. */
  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (this.#line !== undefined) {
        if (byte === LINE_END) this.#endLine();
        else this.#line.push(byte);
      } else if (byte === ASK) this.#asked++;
      else if (byte === PLACED) this.filesDone++;
      else if (byte === REFUSED || byte === FREE) this.#line = [];
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
    const text = String.fromCharCode(...this.#line!).trim();
    this.#line = undefined;
    const [, index, errno] = /^(\d+),(\d+)$/.exec(text) ?? [];
    if (/^\d+$/.test(text)) this.freeBytes = Number(text);
    else if (errno === undefined) this.broken = text === "code";
    else this.refusal ??= { index: Number(index), errno: Number(errno) };
  }
}
