/** Line ends: a board prints each `\n` as `\r\n`; this takes it back. */

const CR = 0x0d;
const LF = 0x0a;

/**
 * Turns `\r\n` into `\n` across chunks. It is the exact inverse of what MicroPython does to the
 * output of `print`, so that text arrives as the program wrote it (a `\r\n` of its own leaves as
 * `\r\r\n`: measured on 1.9.2 and 1.27). CircuitPython adds nothing to a `\r\n`, which is then
 * taken for a `\n`. Bytes that must arrive as they are do not pass through here.
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
