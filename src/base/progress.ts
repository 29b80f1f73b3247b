/** How far long work has come, as one line that changes in place: a bar, the rate, the time left. */

import type { Sink } from "./sink.ts";
import { formatSize } from "./text.ts";

/** How far a transfer has come. */
export interface Step {
  /** What is under way, such as a file's path. */
  readonly path: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What {@linkcode Progress} can be told. */
export interface ProgressOptions {
  /** Milliseconds that pass; tests bring their own. */
  readonly now?: () => number;
}

/** Work that is done sooner needs no bar, in milliseconds. */
const DELAY_MS = 500;

/** The least time between two lines, in milliseconds: five a second are as many as people read. */
const INTERVAL_MS = 200;

const BAR_CELLS = 20;

/** Longer names are cut, so that the line fits a terminal of 80 columns. */
const MAX_NAME = 24;

/** Shows how far some work has come, once it takes long enough to wonder. */
export class Progress {
  readonly #sink: Sink;
  readonly #now: () => number;
  readonly #startMs: number;
  #shownMs: number | undefined;
  /** A line on its way: where readers are slow, those that come meanwhile are left out. */
  #writing: Promise<void> | undefined;

  constructor(sink: Sink, { now = () => performance.now() }: ProgressOptions = {}) {
    this.#sink = sink;
    this.#now = now;
    this.#startMs = now();
  }

  /** Whether a line was shown. */
  get shown(): boolean {
    return this.#shownMs !== undefined;
  }

  /** How long it has taken so far, in milliseconds. */
  get elapsedMs(): number {
    return this.#now() - this.#startMs;
  }

  /** Notes how far it has come. Cheap: may be called for each chunk. */
  update(step: Step): void {
    const now = this.#now();
    const dueMs = this.#shownMs === undefined
      ? this.#startMs + DELAY_MS
      : this.#shownMs + INTERVAL_MS;
    if (now < dueMs || this.#writing !== undefined) return;
    this.#shownMs = now;
    this.#writing = this.#sink.status(formatProgress(step, now - this.#startMs))
      .catch(() => {}) // whoever writes next is told
      .finally(() => this.#writing = undefined);
  }

  /** Takes the line away, or leaves `text` in its place. */
  async end(text = ""): Promise<void> {
    await this.#writing;
    if (text !== "") return await this.#sink.status(text, { final: true });
    if (this.shown) await this.#sink.status("");
  }
}

/** `/lib/x.py  ██████████░░░░░░░░░░  50 %  12.3 KB/s  0:04 left`. */
export function formatProgress({ path, doneBytes, totalBytes }: Step, elapsedMs: number): string {
  const part = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
  const full = Math.floor(part * BAR_CELLS);
  const bar = "█".repeat(full) + "░".repeat(BAR_CELLS - full);
  const left = doneBytes === 0 ? undefined : elapsedMs * (totalBytes - doneBytes) / doneBytes;
  return [
    shorten(path).padEnd(MAX_NAME),
    bar,
    `${Math.floor(part * 100).toString().padStart(3)} %`,
    formatRate(doneBytes, elapsedMs).padStart(10),
    ...(left === undefined ? [] : [`${formatDuration(left)} left`]),
  ].join("  ");
}

/** `3 files, 12.3 KB in 1.2 s, 10.2 KB/s`. */
export function formatTotal(
  { files, bytes, elapsedMs }: { files: number; bytes: number; elapsedMs: number },
): string {
  const count = `${files} ${files === 1 ? "file" : "files"}`;
  const time = `${(elapsedMs / 1_000).toFixed(1)} s`;
  return `${count}, ${formatSize(bytes)} in ${time}, ${formatRate(bytes, elapsedMs)}`;
}

function formatRate(bytes: number, elapsedMs: number): string {
  return `${formatSize(Math.round(elapsedMs > 0 ? bytes * 1_000 / elapsedMs : 0))}/s`;
}

/** `0:07`, `12:30`, `1:02:05`. */
function formatDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const two = (value: number) => String(value % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes)}:${two(seconds)}`;
}

/** The end of a long path says more than its beginning. */
function shorten(path: string): string {
  const letters = [...path];
  return letters.length <= MAX_NAME ? path : `…${letters.slice(1 - MAX_NAME).join("")}`;
}
