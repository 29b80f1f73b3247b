/** Python's tracebacks, read as data. */

import type { Outcome } from "@/base/outcome.ts";

/**
 * The outcome behind the text that a board sent on standard error, e.g.
 * `Traceback (most recent call last):\n  File "<stdin>", line 2, in <module>\nNameError: …`.
 *
 * The exception is what follows the last `File` line; its text may span lines.
 */
export function outcomeOfTraceback(stderr: string): Extract<Outcome, { status: "error" }> {
  const lines = stderr.replaceAll("\r\n", "\n").trimEnd().split("\n");
  const frame = lines.findLastIndex((line) => /^\s+File "/.test(line));
  const exception = lines.slice(frame + 1).join("\n");
  const match = /^([A-Za-z_][\w.]*)(?:: ?([\s\S]*))?$/.exec(exception);
  const ename = match?.[1] ?? "Exception";
  return {
    status: "error",
    origin: "code",
    ename,
    evalue: match ? match[2] ?? "" : exception,
    traceback: lines,
    exitCode: ename === "KeyboardInterrupt" ? 130 : 1,
  };
}
