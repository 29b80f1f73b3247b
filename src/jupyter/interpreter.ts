/** What the kernel runs cells with. The wire is its other side; each has a stand-in in the tests. */

import type { Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";

/** Runs cells, one at a time. A `Session` is one. */
export interface Interpreter {
  /**
   * Runs a cell. Its output goes to `sink` while it runs; `signal` aborts, with an `Interrupted`,
   * when the user interrupts. What a user can cause is an outcome or an `IotError`; anything else
   * that is thrown is shown as a defect of ours.
   */
  run(cell: string, sink: Sink, options: { signal: AbortSignal }): Promise<Outcome>;
}
