/** Bytes with lines between them that are not part of them: each begins with a mark. */

import { concat, indexOfBytes } from "@/base/bytes.ts";

/** Tells lines that begin with `mark` from the bytes around them. */
export class MarkedStream {
  readonly #mark: Uint8Array;
  #rest: Uint8Array = new Uint8Array();

  /** @param mark bytes that the rest of the stream does not hold */
  constructor(mark: Uint8Array) {
    this.#mark = mark;
  }

  /**
   * Takes the bytes that came next; what is whole of them, in order: bytes as they are, and marked
   * lines as text, without mark and newline. What may be the beginning of a mark is held back.
   */
  *take(data: Uint8Array): Generator<Uint8Array | string> {
    let rest = this.#rest.length === 0 ? data : concat([this.#rest, data]);
    for (;;) {
      const at = indexOfBytes(rest, this.#mark);
      const shown = at < 0 ? rest.length - this.#begun(rest) : at;
      if (shown > 0) yield rest.subarray(0, shown);
      rest = rest.subarray(shown);
      const end = at < 0 ? -1 : rest.indexOf(0x0a);
      if (end < 0) break;
      yield new TextDecoder().decode(rest.subarray(this.#mark.length, end));
      rest = rest.subarray(end + 1);
    }
    this.#rest = rest.slice(); // the caller's buffer may be used again
  }

  /** How many bytes at the end of `bytes` may be the beginning of a mark. */
  #begun(bytes: Uint8Array): number {
    for (let length = Math.min(this.#mark.length - 1, bytes.length); length > 0; length--) {
      const tail = bytes.subarray(bytes.length - length);
      if (tail.every((byte, index) => byte === this.#mark[index])) return length;
    }
    return 0;
  }
}
