/** Notices that a board restarted while it ran our code. Pure. */

import { concat } from "@/base/bytes.ts";

/** A banner with its prompt is shorter; the machine's name is the longest part. */
const TAIL_BYTES = 512;

/**
 * What MicroPython and CircuitPython print before their first prompt, and nothing behind it. Only
 * the names and the prompt are matched: CircuitPython translates its sentences.
 */
const BANNER = /(?:MicroPython|CircuitPython) [^\r\n]+; [^\r\n]+\r\n(?:[^\r\n]*\r\n){0,3}>>> $/;

/**
 * Watches the end of the output. A program can print a banner itself, but will hardly print one
 * with a prompt and then stay silent; so the caller waits a moment before it believes this.
 */
export class ResetWatch {
  #tail: Uint8Array = new Uint8Array();

  /** Takes the next bytes. Returns whether the output now ends as after a reset. */
  push(chunk: Uint8Array): boolean {
    this.#tail = chunk.length >= TAIL_BYTES
      ? chunk.subarray(-TAIL_BYTES)
      : concat([this.#tail, chunk]).subarray(-TAIL_BYTES);
    // The prompt ends in a space; most output ends otherwise, and that is quick to see.
    if (this.#tail[this.#tail.length - 1] !== 0x20) return false;
    return BANNER.test(new TextDecoder("latin1").decode(this.#tail));
  }
}
