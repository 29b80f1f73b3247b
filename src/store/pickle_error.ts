/** A pickle that cannot be read. */

import { IotError } from "@/base/errors.ts";

/** Why: it ends too early, or is none at all. */
export type PickleErrorCode = "truncated" | "malformed";

/** The bytes are no pickle, or not a whole one. */
export class PickleError extends IotError {
  override readonly name = "PickleError";
  readonly code: PickleErrorCode;

  constructor(code: PickleErrorCode, message: string) {
    super(message, 1);
    this.code = code;
  }
}

/** The error for bytes that make no sense. */
export function malformed(reason: string): PickleError {
  return new PickleError("malformed", `This is not a pickle that Python wrote: ${reason}.`);
}
