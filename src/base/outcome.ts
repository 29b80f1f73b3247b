/** How a cell or a command ended. */

import { type FailureCode, IotError } from "./errors.ts";

/**
 * The result of running code. A Python exception is a result, not a throw.
 *
 * `traceback` holds the lines to show, without trailing newlines; the last one names the exception.
 */
export type Outcome =
  | { readonly status: "ok" }
  | {
    readonly status: "error";
    /** Who failed: the code that was run, or iot in its attempt to run it. */
    readonly origin: "code" | "iot";
    /** The exception's class, e.g. `NameError`. */
    readonly ename: string;
    /** The exception's text, e.g. `name 'a' isn't defined`. */
    readonly evalue: string;
    readonly traceback: readonly string[];
    readonly exitCode: FailureCode;
  };

/** The outcome of work that went well. */
export const OK: Outcome = { status: "ok" };

/** `outcome` with what iot itself says put through `edit`. What code said is not ours to change. */
export function editOwnWords<O extends Outcome>(outcome: O, edit: (text: string) => string): O {
  if (outcome.status === "ok" || outcome.origin === "code") return outcome;
  const { evalue, traceback } = outcome;
  return { ...outcome, evalue: edit(evalue), traceback: traceback.map(edit) };
}

/** The outcome that shows `error` to a user: its message, never a stack of ours. */
export function failed(error: IotError): Outcome {
  return {
    status: "error",
    origin: "iot",
    ename: error.name,
    evalue: error.message,
    traceback: [`${error.name}: ${error.message}`],
    exitCode: error.exitCode,
  };
}
