/** A run as people watch it: a line for each check that ended, and what is under way. */

import type { Sink } from "@/base/sink.ts";
import type { Progress } from "./progress.ts";
import type { BoardResult, CheckResult, Verdict } from "./result.ts";

/** SGR colours. */
const COLOURS: Readonly<Record<Verdict, string>> = {
  pass: "32",
  flaky: "33",
  fail: "31",
  skip: "90",
  infrastructure: "35",
};

/** Writes to a sink; what it was told is written in order. */
export class LiveProgress implements Progress {
  readonly #sink: Sink;
  #writing: Promise<void> = Promise.resolve();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  boardBegins(): void {}

  checkBegins(board: string, check: string): void {
    this.#write(() => this.#sink.status(`${board}  ${check} …`));
  }

  checkEnds(board: string, { check, verdict, message, attempts }: CheckResult): void {
    const word = verdict.padEnd("infrastructure".length);
    const mark = this.#sink.colour ? `\x1b[${COLOURS[verdict]}m${word}\x1b[0m` : word;
    const ms = attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
    const time = attempts.length === 0 ? "" : `${(ms / 1000).toFixed(1)} s`;
    const line = `${mark}  ${board}  ${check}  ${message ?? time}`;
    this.#write(() => this.#sink.write("stdout", `${line}\n`));
  }

  boardEnds({ board, infrastructure, checks }: BoardResult): void {
    if (infrastructure === undefined || checks.length > 0) return;
    this.#write(() => this.#sink.write("stdout", `infrastructure  ${board}  ${infrastructure}\n`));
  }

  #write(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work, work);
  }
}
