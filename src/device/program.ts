/** A user's program on a board: what it prints goes to a sink, what it asks is answered there. */

import { IotError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import { typedAnswer } from "./answer.ts";
import { BoardOutput, type Question } from "./board_output.ts";
import type { Device } from "./device.ts";

/** How to run a program. */
export interface ProgramOptions {
  readonly sink: Sink;
  /** Interrupts it when it aborts. */
  readonly signal: AbortSignal;
  /** The number that its first line has in tracebacks; 1 where not given. */
  readonly firstLine?: number;
  /**
   * When input() can ask: `always`, or only `if mentioned` in the code, which saves a round trip
   * for code that runs alone, but misses functions that were on the board before.
   */
  readonly asks: "always" | "if mentioned";
}

/**
 * Runs `code` as {@linkcode Device.exec} does; text, displays and questions go to the sink.
 *
 * @throws {IotError} when the program asks and the sink cannot; it is interrupted then.
 * @throws what {@linkcode Device.exec} throws.
 */
export async function runProgram(
  device: Device,
  code: string,
  { sink, signal, firstLine = 1, asks }: ProgramOptions,
): Promise<Outcome> {
  if (asks === "always" || /\binput\b/.test(code)) await device.hookInput({ signal });
  // Assigning to the module, as the hook does, changes the bare name only.
  await using _lent = /\bbuiltins\b/.test(code) && /\binput\b/.test(code)
    ? await (await import("./builtins_input.ts")).lendInput(device, { signal })
    : undefined;
  await using dialogue = new Dialogue(device, { sink, signal });
  const { output } = dialogue;
  try {
    return dialogue.judge(
      await device.exec(code, {
        onOutput: (chunk) => output.push(chunk),
        signal: dialogue.signal,
        firstLine,
      }),
    );
  } finally {
    await output.end();
  }
}

/** The questions of one program, answered while it runs and its output goes on. */
class Dialogue implements AsyncDisposable {
  readonly output: BoardOutput;
  readonly #device: Device;
  readonly #sink: Sink;
  readonly #userSignal: AbortSignal;
  /** Stops the program. */
  readonly #stop = new AbortController();
  /** Takes a question back. */
  readonly #over = new AbortController();
  readonly #onAbort = () => this.#stop.abort(this.#userSignal.reason);
  #asking: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;

  constructor(device: Device, { sink, signal }: { sink: Sink; signal: AbortSignal }) {
    this.#device = device;
    this.#sink = sink;
    this.#userSignal = signal;
    this.output = new BoardOutput(sink, (question) => this.#ask(question));
    if (signal.aborted) this.#onAbort();
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Aborts when the user interrupts, or a question cannot be answered. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The program's outcome, unless it was stopped because it could not be answered. */
  judge(outcome: Outcome): Outcome {
    if (this.#failure !== undefined) throw this.#failure.error;
    return outcome.status === "ok" ? outcome : withoutHook(outcome);
  }

  #ask(question: Question): void {
    // One after the other; a program that asks again has been answered, or has stopped waiting.
    this.#asking = this.#asking.then(() => this.#answer(question)).catch((error) => {
      if (this.#stop.signal.aborted || this.#over.signal.aborted) return;
      this.#failure = { error };
      this.#stop.abort(error);
    });
  }

  async #answer({ prompt, echo }: Question): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#over.signal]);
    await this.#sink.flush();
    const answer = await this.#sink.input(prompt, { signal });
    const typed = typedAnswer(answer, { echo });
    if (echo) this.output.expectEcho(Uint8Array.from([...typed.subarray(0, -1), LF]));
    await this.#device.feed(typed, { signal, isEchoed: echo });
  }

  /** Takes back what nobody waits for any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#userSignal.removeEventListener("abort", this.#onAbort);
    this.#over.abort(new IotError("The program does not wait for an answer any more.", 1));
    await this.#asking;
  }
}

const LF = 0x0a;

/** A traceback without the frame of input_hook.py. */
function withoutHook(outcome: Extract<Outcome, { status: "error" }>): Outcome {
  const traceback = outcome.traceback.filter((line) => !/, in _iot_input$/.test(line));
  return { ...outcome, traceback };
}
