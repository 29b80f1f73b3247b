/** What the kernel runs cells with. The wire is its other side; each has a stand-in in the tests. */

import type { MimeBundle } from "@/base/mime.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import type { HostComms } from "@/host/host_python.ts";
import type { Completions, Evaluation } from "@/session/answers.ts";

/** Runs cells, one at a time, and knows about the names in them. A `Session` is one. */
export interface Interpreter {
  /**
   * Runs a cell. Its output goes to `sink` while it runs; `signal` aborts, with an `Interrupted`,
   * when the user interrupts. What a user can cause is an outcome or an `IotError`; anything else
   * that is thrown is shown as a defect of ours.
   */
  run(cell: string, sink: Sink, options: { signal: AbortSignal }): Promise<Outcome>;
  /** Evaluates an expression of Python, after a cell: Jupyter's `user_expressions`. */
  evaluate(expression: string, options: { signal: AbortSignal }): Promise<Evaluation>;
  /**
   * What may stand at `cursor`, a UTF-16 index in `text`. May be called while a cell runs: then it
   * answers at once from what it knows, and leaves the board alone.
   */
  complete(text: string, cursor: number): Promise<Completions>;
  /**
   * What is known about the name at `cursor`; `detail` 1 asks for more, such as the source.
   * Undefined when nothing is. May be called while a cell runs, as {@linkcode complete}.
   */
  inspect(
    text: string,
    cursor: number,
    options: { detail: 0 | 1 },
  ): Promise<MimeBundle | undefined>;
  /** The widgets of this computer's Python. May be used while a cell runs. */
  readonly comms: HostComms;
}
