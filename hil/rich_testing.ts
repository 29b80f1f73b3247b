/** A sink that keeps all that is shown, and a session with one board. For tests. */

import { ok } from "node:assert/strict";
import { type Display, type InputOptions, MemorySink } from "@/base/sink.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { Session } from "@/session/session.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";

/** Generous: the machine is busy. */
export const DEADLINE_MS = 60_000;

/** Keeps everything in order, and answers questions. */
export class Recorder extends MemorySink {
  /** Text, displays and the rest, in order; text that follows text is joined. */
  readonly log: (string | Display | { clear: boolean })[] = [];
  readonly prompts: string[] = [];
  /** Is told about each display. */
  onDisplay: (display: Display) => void = () => {};
  readonly #decoder = new TextDecoder();
  #answers: ((options: InputOptions) => Promise<string>)[];

  constructor(answers: readonly (string | ((options: InputOptions) => Promise<string>))[] = []) {
    super();
    this.#answers = answers.map((answer) =>
      typeof answer === "string" ? () => Promise.resolve(answer) : answer
    );
  }

  override write(stream: "stdout" | "stderr", data: Uint8Array | string): Promise<void> {
    const text = typeof data === "string" ? data : this.#decoder.decode(data, { stream: true });
    const last = this.log.at(-1);
    if (typeof last === "string") this.log[this.log.length - 1] = last + text;
    else if (text !== "") this.log.push(text);
    return super.write(stream, data);
  }

  override display(display: Display): Promise<void> {
    this.log.push(display);
    this.onDisplay(display);
    return Promise.resolve();
  }

  override clear({ wait }: { readonly wait: boolean }): Promise<void> {
    this.log.push({ clear: wait });
    return Promise.resolve();
  }

  override input(prompt: string, options: InputOptions): Promise<string> {
    this.prompts.push(prompt);
    const answer = this.#answers.shift();
    return answer ? answer(options) : super.input(prompt, options);
  }
}

/** A session with one board. */
export class Bench implements AsyncDisposable {
  readonly session = new Session({
    commands: COMMANDS,
    cellMagics: CELL_MAGICS,
    schemes: BUILT_IN_SCHEMES,
    environment: new Environment({}),
    surface: "notebook",
  });

  async run(
    cell: string,
    { sink = new Recorder(), signal = new AbortController().signal }: {
      sink?: Recorder;
      signal?: AbortSignal;
    } = {},
  ) {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const outcome = await this.session.run(cell, sink, {
      signal: AbortSignal.any([signal, deadline]),
    });
    ok(!deadline.aborted, `took more than ${DEADLINE_MS} ms: ${cell}`);
    return { outcome, sink, ...sink };
  }

  /** Runs a cell that must end well, and returns all that it showed. */
  async show(cell: string): Promise<Recorder["log"]> {
    const { outcome, log } = await this.run(cell);
    ok(outcome.status === "ok", JSON.stringify(outcome));
    return log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }
}
