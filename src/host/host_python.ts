/** The Python of this computer, as commands see it: one process for all of a session. */

import type { Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";

/** Where something runs. */
export interface HostRunOptions {
  /** Where its output goes. */
  readonly sink: Sink;
  /** Interrupts it, as Ctrl-C does, when it aborts. */
  readonly signal: AbortSignal;
}

/** Runs cells with IPython where there is one, else with plain Python; started when first used. */
export interface HostPython extends AsyncDisposable {
  /**
   * Runs a cell: Python and IPython's magics. An exception in it is an outcome.
   *
   * @throws {UsageError} when there is no Python.
   */
  run(code: string, options: HostRunOptions): Promise<Outcome>;
  /**
   * Gives its variables these texts: what `--out NAME` and `--err NAME` ask for.
   *
   * @throws {UsageError} when a name is none of Python's, or when there is no Python.
   */
  assign(texts: Readonly<Record<string, string>>, options: { signal: AbortSignal }): Promise<void>;
}
