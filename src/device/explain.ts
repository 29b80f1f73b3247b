/** What a board's own words do not tell. */

import type { Outcome } from "@/base/outcome.ts";
import type { Identity } from "./device.ts";

type Failure = Extract<Outcome, { status: "error" }>;

/** `EROFS`, in CircuitPython's py/mperrno.h. Its text is translated; the number is not. */
const READ_ONLY = /^(?:\[Errno 30\]|30$)/;

/**
 * Why CircuitPython refuses to write: while a computer has its USB drive mounted, only that may.
 * Source: CircuitPython docs, `storage.remount`.
 */
const READ_ONLY_REASON =
  "While this computer has the board's USB drive (CIRCUITPY), its programs cannot write to it. " +
  "Copy files to the drive, or put \"import storage; storage.remount('/', False)\" into boot.py " +
  "and press reset.";

/** Adds to `failure` what a person needs to know to mend it. */
export function explain(failure: Failure, identity: Identity | undefined): Failure {
  if (identity?.implementation !== "circuitpython") return failure;
  if (failure.ename !== "OSError" || !READ_ONLY.test(failure.evalue)) return failure;
  return { ...failure, traceback: [...failure.traceback, "", READ_ONLY_REASON] };
}
