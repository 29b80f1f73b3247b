/**
 * A line that is typed unseen, such as a password. A terminal that shows nothing of what is typed
 * leaves the editing of its line to us: the keys are those that it edits lines with itself. Pure.
 */

const END_OF_INPUT = 0x04; // Ctrl-D
const ERASE = [0x08, 0x7f]; // Ctrl-H, Backspace
const KILL = 0x15; // Ctrl-U
const ENDS = [0x0a, 0x0d];

/** What has been typed of a line. */
export class HiddenLine {
  #bytes: number[] = [];

  /** How many bytes the line has so far. */
  get length(): number {
    return this.#bytes.length;
  }

  /**
   * Takes what was typed, up to the line's end. `rest` is what stands behind it; undefined when the
   * line goes on. `ended` tells of a Ctrl-D on an empty line.
   */
  push(keys: Uint8Array): { rest?: Uint8Array; ended: boolean } {
    for (const [index, key] of keys.entries()) {
      const rest = keys.subarray(index + 1);
      if (ENDS.includes(key)) return { rest, ended: false };
      if (key === END_OF_INPUT && this.#bytes.length === 0) return { rest, ended: true };
      if (ERASE.includes(key)) this.#erase();
      else if (key === KILL) this.#bytes = [];
      else if (key !== END_OF_INPUT) this.#bytes.push(key);
    }
    return { ended: false };
  }

  /** The line as text. */
  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.#bytes));
  }

  /** Takes the last character away, which is several bytes of UTF-8 at times. */
  #erase(): void {
    while (this.#bytes.length > 0 && (this.#bytes.pop()! & 0xc0) === 0x80);
  }
}
