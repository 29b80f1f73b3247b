/** A run as people watch it: a line for each check that ended, and what is under way. */

import type { Sink } from "@/base/sink.ts";
import { paint } from "../report/summary.ts";
import { duration, durationOf, shorten, VERDICTS, visible } from "../report/text.ts";
import type { Progress } from "./progress.ts";
import type { BoardResult, CheckResult } from "./result.ts";

/** Of a message, so much of its first line stands in a line; the summary has more. */
const MAX_MESSAGE_LENGTH = 160;
const WORD_WIDTH = 5;

/** How often the time that a check takes is shown anew, in milliseconds. */
const TICK_MS = 1_000;

/** A check that takes longer shows its time, in milliseconds. */
const SLOW_MS = 3_000;

/** What a board is busy with. */
interface Current {
  readonly check: string;
  readonly sinceMs: number;
}

/** What {@linkcode LiveProgress} is told. */
export interface LiveProgressOptions {
  /** Of all boards: their names stand one below the other. */
  readonly boards: readonly string[];
  /** A clock in milliseconds, for tests. */
  readonly now?: () => number;
}

/** Writes to a sink; what it was told is written in order. */
export class LiveProgress implements Progress, AsyncDisposable {
  readonly #sink: Sink;
  readonly #now: () => number;
  readonly #width: number;
  readonly #current = new Map<string, Current>();
  readonly #timer: ReturnType<typeof setInterval>;
  #total = 0;
  #done = 0;
  #failed = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(sink: Sink, { boards, now = () => performance.now() }: LiveProgressOptions) {
    this.#sink = sink;
    this.#now = now;
    this.#width = Math.max(0, ...boards.map((board) => board.length));
    this.#timer = setInterval(() => this.#showStatus(), TICK_MS);
  }

  boardBegins(_board: string, total: number): void {
    this.#total += total;
  }

  boardWaits(board: string, reason: string): void {
    this.#say(`${"wait".padEnd(WORD_WIDTH)}  ${board.padEnd(this.#width)}  ${visible(reason)}`);
  }

  checkBegins(board: string, check: string): void {
    this.#current.set(board, { check, sinceMs: this.#now() });
    this.#showStatus();
  }

  checkEnds(board: string, result: CheckResult): void {
    const { check, verdict, message, attempts, round } = result;
    this.#done++;
    if (verdict === "fail" || verdict === "infrastructure") this.#failed++;
    this.#current.delete(board);
    const word = paint(VERDICTS[verdict].word.padEnd(WORD_WIDTH), {
      ...{ verdict, colour: this.#sink.colour },
    });
    const [firstLine] = visible(message ?? "").split("\n");
    const parts = [
      word,
      board.padEnd(this.#width),
      round === 1 ? check : `${check} (round ${round})`,
      attempts.length === 0 || verdict === "skip" ? "" : duration(durationOf({ attempts })),
      shorten(firstLine, MAX_MESSAGE_LENGTH),
    ];
    this.#say(parts.filter((part) => part !== "").join("  "));
  }

  boardEnds({ board, infrastructure, checks }: BoardResult): void {
    this.#current.delete(board);
    if (infrastructure === undefined || checks.length > 0) return this.#showStatus();
    this.#failed++;
    const word = paint(VERDICTS.infrastructure.word.padEnd(WORD_WIDTH), {
      ...{ verdict: "infrastructure", colour: this.#sink.colour },
    });
    this.#say(`${word}  ${board.padEnd(this.#width)}  ${visible(infrastructure)}`);
  }

  /** Takes the line that changes away, when all is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#current.clear();
    this.#write(() => this.#sink.status(""));
    await this.#writing;
  }

  #say(line: string): void {
    this.#write(() => this.#sink.write("stdout", `${line}\n`));
    this.#showStatus();
  }

  #showStatus(): void {
    const now = this.#now();
    const busy = [...this.#current].map(([board, { check, sinceMs }]) => {
      const ms = now - sinceMs;
      return `${board} ${check}${ms < SLOW_MS ? "" : ` ${Math.floor(ms / 1000)} s`}`;
    });
    if (busy.length === 0) return;
    const failed = this.#failed === 0 ? "" : `, ${this.#failed} failed`;
    const text = `${this.#done} of ${this.#total}${failed} · ${busy.join(" · ")}`;
    this.#write(() => this.#sink.status(text));
  }

  #write(work: () => Promise<void>): void {
    // A sink that cannot be written to is met by the command's own writing.
    this.#writing = this.#writing.then(work).catch(() => {});
  }
}
