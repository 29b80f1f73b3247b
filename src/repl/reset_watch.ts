/** Notices that a board restarted, while it ran our code or was idle. Pure. */

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

/** The friendly prompt, behind all else that a board has said. */
const PROMPT = />>> $/;

/**
 * A chip's first words: `rst:0x1 (POWERON_RESET),boot:…`, `rst cause:2, boot mode:(3,6)`. Espressif,
 * esptool documentation, "Boot Log" of the ESP32 and ESP8266. A main.py may print what follows.
 */
const BOOT_LOG = /\brst:0x[\da-f]+ \(|\brst cause:\d+, ?boot mode:/;

/** The beginning of a banner anywhere: its prompt may be on its way, or a timer print behind it. */
const ANY_BANNER = /(?:MicroPython|CircuitPython) [^\r\n]+ on \d{4}-\d\d-\d\d; /;

/** Whether the last that a board said is its friendly prompt, where it was left in its raw REPL. */
export function isAtFriendlyPrompt(said: Uint8Array): boolean {
  return PROMPT.test(new TextDecoder("latin1").decode(said));
}

/**
 * Whether what a board said while it was idle at the prompt of its raw REPL looks as if it is there
 * no more. A program can print that; so the caller makes sure.
 */
export function looksRestarted(said: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(said);
  return PROMPT.test(text) || BOOT_LOG.test(text) || ANY_BANNER.test(text);
}
