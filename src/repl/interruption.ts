/** Stopping a program: Ctrl-C, and what to do when it does not help. */

import { encode } from "@/base/bytes.ts";
import type { Transport } from "@/transport/transport.ts";

/**
 * What is sent, and when, counted in multiples of `interruptMs` after the first Ctrl-C. The pauses
 * leave a program time for its `finally:`. An old board in `input()` sees a Ctrl-C only when
 * another byte comes, hence the Enter (measured on MicroPython 1.9.2).
 */
const STEPS: readonly { readonly after: number; readonly send: Uint8Array }[] = [
  { after: 0, send: encode("\x03") },
  { after: 1, send: encode("\x03") },
  { after: 2, send: encode("\x03\r") },
  { after: 4, send: encode("\x03\r") },
];
/** When to give up. */
const GIVE_UP_AFTER = 8;

/** One attempt to stop what a board does. It sends; whoever reads calls {@linkcode advance}. */
export class Interruption {
  readonly #transport: Transport;
  readonly #interruptMs: number;
  #begunAt: number | undefined;
  #step = 0;

  constructor(transport: Transport, options: { interruptMs: number }) {
    this.#transport = transport;
    this.#interruptMs = options.interruptMs;
  }

  /** Whether it has begun. Then no more code may be sent. */
  get begun(): boolean {
    return this.#begunAt !== undefined;
  }

  /** How long ago it began, in ms; 0 before. */
  get elapsedMs(): number {
    return this.#begunAt === undefined ? 0 : performance.now() - this.#begunAt;
  }

  /** Sends the first Ctrl-C. Later calls do nothing. */
  begin(): void {
    if (this.begun) return;
    this.#begunAt = performance.now();
    this.advance();
  }

  /** How long until {@linkcode advance} has something to do; undefined before it began. */
  get dueInMs(): number | undefined {
    if (this.#begunAt === undefined) return undefined;
    const after = STEPS[this.#step]?.after ?? GIVE_UP_AFTER;
    return Math.max(0, after * this.#interruptMs - this.elapsedMs);
  }

  /** Takes the steps that are due. Returns whether all of them have been in vain. */
  advance(): boolean {
    while (this.#step < STEPS.length && this.dueInMs === 0) {
      // Not awaited, as reading must go on; that the line broke, the reader sees too.
      this.#transport.write(STEPS[this.#step].send).catch(() => {});
      this.#step++;
    }
    return this.#step === STEPS.length && this.dueInMs === 0;
  }
}
