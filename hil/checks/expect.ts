/** How checks say what is wrong: what was done, what should have come, what came. */

import { IotError } from "@/base/errors.ts";
import type { CellResult } from "./check.ts";

/** A board, or the product with it, does not do as it should. */
export class CheckFailure extends IotError {
  override readonly name = "CheckFailure";

  constructor(message: string, options?: ErrorOptions) {
    super(message, 1, options);
  }
}

/** What a check throws that finds out that it cannot be done on this board. */
export class Skipped extends IotError {
  override readonly name = "Skipped";

  constructor(reason: string) {
    super(reason, 1);
  }
}

/** More of a value than this does not help a person. */
const MAX_SHOWN = 300;

/** Fails with `message`, a sentence without full stop, unless `condition` holds. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new CheckFailure(`${message}.`);
}

/** Fails unless both are the same text or number; `what` names it: `print("hé")`. */
export function expectSame<T extends string | number | boolean | undefined>(
  actual: T,
  expected: T,
  what: string,
): void {
  if (Object.is(actual, expected)) return;
  throw new CheckFailure(`${what}: expected ${show(expected)}, got ${show(actual)}.`);
}

/** Fails unless a cell ran without an error. */
export function expectOk({ outcome, stderr }: CellResult, what: string): void {
  if (outcome.status === "ok") return;
  const said = stderr === "" ? "" : ` On stderr: ${show(stderr)}.`;
  throw new CheckFailure(`${what} failed: ${outcome.traceback.at(-1) ?? outcome.ename}.${said}`);
}

/** A value, quoted, of a length that people read. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MAX_SHOWN
    ? text
    : `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)`;
}
