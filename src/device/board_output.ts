/** From what a program on a board prints to a sink: text as it comes, displays, questions. */

import type { Sink } from "@/base/sink.ts";
import { MarkReader, type Piece } from "./marks.ts";

const LF = 0x0a;

/** A program waits for a line. */
export interface Question {
  readonly prompt: string;
  /** Whether it prints what it is given. */
  readonly echo: boolean;
}

/** Takes a program's output apart, and hands it on in order. */
export class BoardOutput {
  readonly #sink: Sink;
  readonly #onQuestion: (question: Question) => void;
  readonly #marks = new MarkReader();
  /** What the board will print only because it was sent to it. */
  #echo: Uint8Array = new Uint8Array();

  /** @param onQuestion is told that the program waits for a line */
  constructor(sink: Sink, onQuestion: (question: Question) => void) {
    this.#sink = sink;
    this.#onQuestion = onQuestion;
  }

  /** Takes the next output, lines ending in `\n`. Resolves when more is welcome. */
  async push(chunk: Uint8Array): Promise<void> {
    await this.#show(this.#marks.push(this.#withoutEcho(chunk)));
  }

  /** The program has ended. */
  async end(): Promise<void> {
    this.#echo = new Uint8Array();
    await this.#show(this.#marks.end());
  }

  /** Takes `bytes` for an echo, as far as just these come next. */
  expectEcho(bytes: Uint8Array): void {
    this.#echo = bytes;
  }

  async #show(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) await this.#sink.write("stdout", piece);
      else if (piece.kind === "display") await this.#sink.display(piece.display);
      else if (piece.kind === "clear") await this.#sink.clear(piece);
      else if (piece.kind === "complaint") {
        await this.#sink.write("stderr", `display(): ${piece.why}.\n`);
      } else this.#pass(piece);
    }
  }

  #pass(question: Question): void {
    // An interrupt makes a line editor end its line.
    if (question.echo) this.#echo = Uint8Array.of(LF);
    this.#onQuestion(question);
  }

  #withoutEcho(chunk: Uint8Array): Uint8Array {
    if (this.#echo.length === 0) return chunk;
    let count = 0;
    while (
      count < chunk.length && count < this.#echo.length && chunk[count] === this.#echo[count]
    ) {
      count++;
    }
    this.#echo = count === chunk.length ? this.#echo.subarray(count) : new Uint8Array();
    return chunk.subarray(count);
  }
}
