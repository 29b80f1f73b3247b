/**
 * What was run, kept across kernels: written a moment after the reply, read when a client asks.
 *
 * A file that cannot be used costs the history, never a cell: it is said once, and from then on
 * the history is kept in memory.
 */

import { pause } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import { place, type Variables } from "@/config/places.ts";
import {
  HistoryDatabase,
  type HistoryEntry,
  type HistoryLine,
  IN_MEMORY,
  isBusy,
} from "./history_database.ts";
import type { HistoryQuery } from "./history_query.ts";

/** How long lines wait to be written together, in milliseconds. */
const SAVE_MS = 500;

/** How many lines may wait for a file that other kernels keep busy; then the oldest are lost. */
const MAX_UNSAVED = 10_000;

/** How often the last lines are tried to be written at the end, `BUSY_MS` and this far apart. */
const CLOSE_TRIES = 10;
const CLOSE_AGAIN_MS = 20;

/** What a {@linkcode History} is told. */
export interface HistoryOptions {
  /** Where it is kept; in memory where nothing is said. */
  readonly path?: string | undefined;
  /** Takes a line about a file that cannot be used. */
  log(line: string): void;
}

/** The history's file; nowhere when the environment does not tell where the user's data is. */
export function historyPath(variables: Variables): string | undefined {
  try {
    return `${place("data", variables)}/history.sqlite`;
  } catch (error) {
    if (error instanceof IotError) return undefined;
    throw error;
  }
}

/** The history as one kernel writes and reads it. */
export class History implements AsyncDisposable {
  readonly #options: HistoryOptions;
  readonly #unsaved: HistoryLine[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<unknown> | undefined;
  /** Opened when it is first needed: starting a kernel does not wait for it. */
  #database: Promise<HistoryDatabase> | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Remembers a cell by its execution count. */
  add(line: number, source: string): void {
    this.#push({ kind: "source", line, text: source.replace(/\n+$/, "") });
  }

  /** Remembers the text of a cell's result. */
  addOutput(line: number, output: string): void {
    this.#push({ kind: "output", line, text: output });
  }

  /** What was asked for, in the order it was run. */
  async query(query: HistoryQuery): Promise<HistoryEntry[]> {
    await this.#save();
    const database = await this.#open();
    try {
      return database.query(query);
    } catch (error) {
      return (await this.#giveUp(error)).query(query);
    }
  }

  /** Writes what is not written yet and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#saving;
    for (let tries = 1; this.#unsaved.length > 0 && tries <= CLOSE_TRIES; tries++) {
      await this.#save();
      if (this.#unsaved.length > 0) await pause(CLOSE_AGAIN_MS);
    }
    clearTimeout(this.#timer);
    (await this.#database)?.[Symbol.dispose]();
    this.#database = undefined;
  }

  #push(line: HistoryLine): void {
    this.#unsaved.push(line);
    if (this.#unsaved.length > MAX_UNSAVED) this.#unsaved.shift();
    this.#saveSoon();
  }

  #saveSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#saving = this.#save().catch((error) => this.#options.log(`history: ${error}`));
    }, SAVE_MS);
  }

  async #save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unsaved.length === 0) return;
    const database = await this.#open();
    const lines = this.#unsaved.splice(0);
    if (lines.length === 0) return;
    try {
      database.save(lines);
    } catch (error) {
      if (isBusy(error)) {
        this.#unsaved.unshift(...lines);
        this.#saveSoon();
      } else {
        (await this.#giveUp(error)).save(lines);
      }
    }
  }

  #open(): Promise<HistoryDatabase> {
    const { path = IN_MEMORY } = this.#options;
    return this.#database ??= HistoryDatabase.open(path).catch((error) => {
      this.#explain(error);
      return HistoryDatabase.open(IN_MEMORY);
    });
  }

  /** Goes on in memory. */
  async #giveUp(error: unknown): Promise<HistoryDatabase> {
    this.#explain(error);
    (await this.#database)?.[Symbol.dispose]();
    return await (this.#database = HistoryDatabase.open(IN_MEMORY));
  }

  #explain(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.log(
      `Cannot keep the history in "${this.#options.path}": ${reason}. It is kept in memory. ` +
        "Repair or remove that file to keep it again.",
    );
  }
}
