/** Line ends: a board prints each `\n` as `\r\n`; this takes it back. */

const CR = 0x0d;
const LF = 0x0a;

/**
 * Turns `\r\n` into `\n` across chunks, so that text arrives as the program wrote it. For text
 * only: a `\r\n` that the program wrote itself is not told apart from a `\n` that became one.
 */
export class NewlineDecoder {
  #heldCr = false;

  /** The decoded form of the next chunk. A `\r` at its end waits for the next one. */
  decode(chunk: Uint8Array): Uint8Array {
    const out = new Uint8Array(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      if (this.#heldCr && byte !== LF) out[length++] = CR;
      this.#heldCr = byte === CR;
      if (!this.#heldCr) out[length++] = byte;
    }
    return out.subarray(0, length);
  }

  /** What was still held back; call it at the end of the output. */
  end(): Uint8Array {
    const held = this.#heldCr;
    this.#heldCr = false;
    return held ? Uint8Array.of(CR) : new Uint8Array();
  }
}
