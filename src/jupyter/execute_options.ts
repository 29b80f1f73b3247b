/** What an `execute_request` asks for, checked. */

import { UsageError } from "@/base/errors.ts";
import type { Json } from "@/wire/jupyter_message.ts";

/** More expressions than any client evaluates after a cell. */
const MAX_EXPRESSIONS = 1024;

/** The fields of an `execute_request`: Messaging in Jupyter, "Execute". */
export interface ExecuteOptions {
  readonly code: string;
  /** Nothing is published. */
  readonly silent: boolean;
  /** It counts, and is remembered. */
  readonly storeHistory: boolean;
  /** Expressions to evaluate when it went well, by the client's names for them. */
  readonly userExpressions: readonly (readonly [name: string, expression: string])[];
  /** The client can ask its user for input. */
  readonly allowStdin: boolean;
  /** Those queued behind it are aborted when it fails. */
  readonly stopOnError: boolean;
}

/** Reads the content of an `execute_request`. @throws {UsageError} for what cannot be meant. */
export function readExecuteOptions(content: Json): ExecuteOptions {
  const { code, silent, store_history, allow_stdin, stop_on_error, user_expressions } = content;
  if (typeof code !== "string") throw new UsageError(`An execute_request has no "code".`);
  return {
    code,
    silent: silent === true,
    // "If silent=True, store_history is forced to False"; IPython does not count empty cells.
    storeHistory: silent !== true && store_history !== false && code.trim() !== "",
    userExpressions: readExpressions(user_expressions ?? {}),
    allowStdin: allow_stdin === true,
    stopOnError: stop_on_error !== false,
  };
}

function readExpressions(value: unknown): [string, string][] {
  const entries = typeof value === "object" && !Array.isArray(value) ? Object.entries(value!) : [];
  if (
    entries.length > MAX_EXPRESSIONS || typeof value !== "object" || Array.isArray(value) ||
    entries.some(([, expression]) => typeof expression !== "string")
  ) {
    throw new UsageError(
      `An execute_request's "user_expressions" are not a dictionary of expressions as text.`,
    );
  }
  return entries;
}
