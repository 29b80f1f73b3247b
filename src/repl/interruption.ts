/** Stopping a program: Ctrl-C, and what to do when it does not help. */

import { encode, printable } from "@/base/bytes.ts";
import type { Transport } from "@/transport/transport.ts";
import { ReplError } from "./repl_error.ts";

/**
 * What is sent, and when, counted in multiples of `interruptMs` after the first Ctrl-C. The pauses
 * leave a program time for its `finally:`, which a second Ctrl-C would break off. An old board in
 * `input()` sees a Ctrl-C only when another byte comes, hence the Enter (measured on MicroPython
 * 1.9.2).
 */
const STEPS: readonly Step[] = [
  { after: 0, send: encode("\x03") },
  { after: 1, send: encode("\x03\r") },
  { after: 2, send: encode("\x03\r") },
  { after: 3, send: encode("\x03\r") },
];
/** A board loses a Ctrl-C that comes while it compiles. So at the start, one more soon after. */
const AT_START: readonly Step[] = [STEPS[0], { after: 0.2, send: encode("\x03") }];

interface Step {
  readonly after: number;
  readonly send: Uint8Array;
}

/** When to give up. */
const GIVE_UP_AFTER = 6;

/** One attempt to stop what a board does. It sends; whoever reads calls {@linkcode advance}. */
export class Interruption {
  readonly #transport: Transport;
  readonly #interruptMs: number;
  #begunAt: number | undefined;
  #steps = STEPS;
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

  /**
   * Sends the first Ctrl-C. Later calls do nothing.
   *
   * @param options `atStart` says that the program has only just been sent, if at all
   */
  begin({ atStart = false } = {}): void {
    if (this.begun) return;
    if (atStart) this.#steps = [...AT_START, ...STEPS.slice(1)];
    this.#begunAt = performance.now();
    this.advance();
  }

  /** How long until {@linkcode advance} has something to do; undefined before it began. */
  get dueInMs(): number | undefined {
    if (this.#begunAt === undefined) return undefined;
    const after = this.#steps[this.#step]?.after ?? GIVE_UP_AFTER;
    return Math.max(0, after * this.#interruptMs - this.elapsedMs);
  }

  /** Takes the steps that are due. Returns whether all of them have been in vain. */
  advance(): boolean {
    while (this.#step < this.#steps.length && this.dueInMs === 0) {
      // Not awaited, as reading must go on; that the line broke, the reader sees too.
      this.#transport.write(this.#steps[this.#step].send).catch(() => {});
      this.#step++;
    }
    return this.#step === this.#steps.length && this.dueInMs === 0;
  }
}

/** The error for a program that goes on whatever it is sent. */
export function stubbornError(address: string, received: Uint8Array): ReplError {
  return new ReplError(
    "busy",
    address,
    `The program on the board at ${address} does not stop: Ctrl-C was sent several times. ` +
      `The last that came was ${printable(received)}. Reset the board (hardreset).`,
    { received },
  );
}
