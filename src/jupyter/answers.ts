/** What is answered from an interpreter while a cell may run: completion and inspection. */

import { within } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { Json } from "@/wire/jupyter_message.ts";
import { toCodePoints, toUtf16 } from "./cursor.ts";
import type { Interpreter } from "./interpreter.ts";

/** How long an answer may take before there is none, in milliseconds. */
const ANSWER_MS = 5_000;

/** Editors show some hundreds; more than this is an interpreter that lists what it should not. */
const MAX_MATCHES = 10_000;

/** What answers may be told. */
export interface AnswerOptions {
  /** How long the interpreter may take, in milliseconds. */
  readonly answerMs?: number;
}

/**
 * Content of a `complete_reply`: empty when the interpreter takes too long.
 *
 * @throws {UsageError} when the request lacks its fields.
 */
export async function complete(
  interpreter: Interpreter,
  content: Json,
  { answerMs = ANSWER_MS }: AnswerOptions = {},
): Promise<Json> {
  const { code, cursor } = readPosition(content);
  const found = await soon(interpreter.complete(code, cursor), answerMs);
  const { matches, start, end } = found ?? { matches: [], start: cursor, end: cursor };
  const shown = matches.slice(0, MAX_MATCHES);
  const place = { start: toCodePoints(code, start), end: toCodePoints(code, end) };
  return {
    status: "ok",
    matches: shown.map(({ text }) => text),
    cursor_start: place.start,
    cursor_end: place.end,
    metadata: {
      // ipykernel's key, `ipkernel.py`; JupyterLab and VS Code show icons by it.
      _jupyter_types_experimental: shown.map(({ text, type = "<unknown>" }) => ({
        text,
        type,
        ...place,
      })),
    },
  };
}

/**
 * Content of an `inspect_reply`: nothing found when the interpreter takes too long.
 *
 * @throws {UsageError} when the request lacks its fields.
 */
export async function inspect(
  interpreter: Interpreter,
  content: Json,
  { answerMs = ANSWER_MS }: AnswerOptions = {},
): Promise<Json> {
  const { code, cursor } = readPosition(content);
  const { detail_level: detail = 0 } = content;
  if (detail !== 0 && detail !== 1) throw new UsageError(`"detail_level" is neither 0 nor 1.`);
  const data = await soon(interpreter.inspect(code, cursor, { detail }), answerMs);
  return { status: "ok", found: data !== undefined, data: data ?? {}, metadata: {} };
}

function readPosition({ code, cursor_pos: position }: Json): { code: string; cursor: number } {
  if (typeof code !== "string") throw new UsageError(`The request has no "code".`);
  if (typeof position !== "number" || !Number.isInteger(position) || position < 0) {
    throw new UsageError(`The request's "cursor_pos" is not a position in its "code".`);
  }
  return { code, cursor: toUtf16(code, position) };
}

/** The value of `answer`, or undefined when it does not come within `ms` milliseconds. */
async function soon<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
  return await within(ms, answer) ? await answer : undefined;
}
