/**
 * Who may use the board: cells, and between them questions about names. A cell never waits long for
 * a question, and no question is asked while a cell runs.
 */

import { abortable, within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";

/** How long a cell waits for a question to end by itself before it is interrupted, in milliseconds. */
const GRACE_MS = 20;

/** How long a board may think about a question, in milliseconds. */
const QUESTION_MS = 3_000;

/** When the board may be asked, and for how long somebody waits for the answer. */
export interface Turn {
  /** Whether it may not be asked now. */
  readonly busy: boolean;
  /** Grows whenever something ran: what was learnt under another number may be out of date. */
  readonly count: number;
  /** So long somebody waits, in milliseconds. */
  readonly answerMs: number;
  /** Asks; undefined when that could not be, or took too long. */
  ask<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T | undefined>;
}

/** The turn of a cell that asks questions itself: the board is its own, and it waits. */
export function turnOfCell(signal: AbortSignal): Turn {
  return { busy: false, count: 0, answerMs: Infinity, ask: (question) => question(signal) };
}

/** Keeps cells and questions apart. */
export class QuietTime implements Turn {
  /** JupyterLab gives up on completions after a second. */
  readonly answerMs = 900;

  #running = 0;
  #count = 0;
  #questions: Promise<unknown> = Promise.resolve();
  #stop = new AbortController();

  /** Whether a cell runs, or waits for a question to end. */
  get busy(): boolean {
    return this.#running > 0;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Does the work of a cell, once no question is on the board.
   *
   * @throws the signal's reason when it aborts before.
   */
  async run<T>(work: () => Promise<T>, { signal }: { signal: AbortSignal }): Promise<T> {
    this.#running++;
    this.#count++;
    try {
      if (!await within(GRACE_MS, this.#questions)) this.#stop.abort(new Interrupted());
      await abortable(this.#questions, signal);
      return await work();
    } finally {
      this.#count++;
      this.#running--;
    }
  }

  /**
   * Asks a question after those before it; undefined when a cell came between, or the board took too
   * long. What the question throws is its own.
   */
  ask<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const asked = this.#questions.then(async () => {
      if (this.busy) return undefined;
      const stop = this.#stop = new AbortController();
      const timer = setTimeout(() => stop.abort(new Interrupted()), QUESTION_MS);
      try {
        const answer = await question(stop.signal);
        return stop.signal.aborted ? undefined : answer;
      } finally {
        clearTimeout(timer);
      }
    });
    this.#questions = asked.catch(() => {});
    return asked;
  }

  /** Interrupts what is being asked, and resolves when it has ended. */
  async end(): Promise<void> {
    this.#running++; // nothing more is asked
    this.#stop.abort(new Interrupted());
    await this.#questions;
  }
}
