/** The answer of a raw REPL, taken apart: output, traceback, end. Pure. */

import { concat, indexOfBytes } from "@/base/bytes.ts";
import { EOT, PROMPT, RAW_PROMPT } from "./protocol.ts";

const END = Uint8Array.of(EOT, PROMPT);

/** A traceback is no longer than this; what is, was output that held an 0x04. */
const MAX_TRACEBACK_BYTES = 65_536;

/** What one chunk amounted to. */
export interface Split {
  /** Standard output, to be handed on now. */
  readonly output: Uint8Array;
  /** Set when the answer is complete. */
  readonly end?: AnswerEnd;
}

/** How an answer ended. */
export interface AnswerEnd {
  /** The traceback as the board sent it, lines ending in `\r\n`; empty when none. */
  readonly stderr: string;
  /** Whether the board soft-reset itself, as for `sys.exit()`, and is at a raw prompt again. */
  readonly restarted: boolean;
  /** Bytes behind the end. */
  readonly rest: Uint8Array;
}

/**
 * Follows `output 04 traceback 04 >`.
 *
 * A program may print an 0x04 itself. So the two that count are the two right before the prompt:
 * when another byte follows, the first of them was output, and the search goes on from the second.
 * It may print the prompt, too: then its real end is still to come, and usually is in the same
 * chunk.
 */
export class AnswerSplitter {
  /** What came behind the first 0x04; undefined before it. */
  #held: Uint8Array | undefined;

  /** Takes the next bytes. */
  push(chunk: Uint8Array): Split {
    if (this.#held === undefined) {
      const first = chunk.indexOf(EOT);
      if (first === -1) return { output: chunk };
      this.#held = new Uint8Array();
      const after = this.#pushHeld(chunk.subarray(first + 1));
      return { ...after, output: concat([chunk.subarray(0, first), after.output]) };
    }
    return this.#pushHeld(chunk);
  }

  #pushHeld(chunk: Uint8Array): Split {
    let held = concat([this.#held!, chunk]);
    const output: Uint8Array[] = [];
    for (;;) {
      const second = held.indexOf(EOT);
      if (second === -1 || second + 1 === held.length) break;
      const rest = held.subarray(second + 1);
      if (rest[0] === PROMPT && !holdsAnEnd(rest)) {
        return end(output, { stderr: held.subarray(0, second), rest: rest.subarray(1) });
      }
      const third = rest.indexOf(EOT);
      const restart = indexOfBytes(rest, RAW_PROMPT);
      if (restart !== -1 && (third === -1 || restart < third)) {
        const behind = rest.subarray(restart + RAW_PROMPT.length);
        return end(output, { stderr: held.subarray(0, second), rest: behind, restarted: true });
      }
      if (third === -1) break;
      output.push(Uint8Array.of(EOT), held.subarray(0, second));
      held = rest;
    }
    this.#held = held;
    if (held.length > MAX_TRACEBACK_BYTES) {
      output.push(Uint8Array.of(EOT), held);
      this.#held = undefined;
    }
    return { output: concat(output) };
  }
}

/** Whether `04 … 04 >` stands in `bytes`: then what came before it was output that looked so. */
function holdsAnEnd(bytes: Uint8Array): boolean {
  const first = bytes.indexOf(EOT);
  return first !== -1 && indexOfBytes(bytes.subarray(first + 1), END) !== -1;
}

function end(
  output: readonly Uint8Array[],
  { stderr, rest, restarted = false }: {
    stderr: Uint8Array;
    rest: Uint8Array;
    restarted?: boolean;
  },
): Split {
  return {
    output: concat(output),
    end: { stderr: new TextDecoder().decode(stderr), restarted, rest },
  };
}
