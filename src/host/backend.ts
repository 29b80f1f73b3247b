/** What runs Python: IPython or the plain one. */

import { IotError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { HostRunOptions } from "./host_python.ts";

/** Where Python works, and what its environment holds. */
export interface Surroundings {
  readonly path: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** How a cell went. */
export interface HostRun {
  readonly outcome: Outcome;
  /** The directory that Python is in afterwards, where that is known. */
  readonly path?: string | undefined;
  /** Whether the cell asked Python to end, as `exit` does. */
  readonly exits?: boolean;
}

/** One Python that runs. */
export interface Backend extends AsyncDisposable {
  /** Whether it has ended. */
  readonly isDead: boolean;
  /** Runs a cell. @throws {HostPythonDied} when Python ends before it does. */
  run(code: string, options: HostRunOptions): Promise<HostRun>;
  /** Runs a line of ours, which shows nothing, and is in no history. */
  arrange(line: string, options: { readonly signal: AbortSignal }): Promise<void>;
}

/** How long an interrupted cell may take to end before its Python is ended, in milliseconds. */
export const INTERRUPT_MS = 10_000;

/** What is known of the end of a Python. */
export interface HostDeath extends ErrorOptions {
  /** What it said last on standard error. */
  readonly lastWords?: string;
  /** When it ended, if not by itself in a cell. */
  readonly when?: "as it started" | "as it did not heed an interrupt";
}

/** Python ended while it was needed. */
export class HostPythonDied extends IotError {
  override readonly name = "HostPythonDied";
  /** E.g. `exit code 1`, `SIGKILL`. */
  readonly how: string;

  constructor(how: string, { lastWords = "", when, ...options }: HostDeath = {}) {
    const said = lastWords === "" ? "" : `\n${lastWords}`;
    super(`${what(how, when)}${said}`, 1, options);
    this.how = how;
  }
}

function what(how: string, when: HostDeath["when"]): string {
  if (when === "as it started") return `Python on this computer did not start (${how}).`;
  const ended = when === undefined
    ? `died (${how})`
    : `did not heed the interrupt for ${INTERRUPT_MS / 1000} s and was ended`;
  return `Python on this computer ${ended}. Its variables are lost; the next cell starts it anew.`;
}
