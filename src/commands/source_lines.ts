/** Source lines under the frames of a program's traceback, as notebooks show them. Pure. */

import type { Outcome } from "@/base/outcome.ts";

const FRAME = /^ {2}File "<stdin>", line (\d+)(?:, in (.+))?$/;

/**
 * `outcome` with the lines of `code`, the whole program, that its traceback names. The board calls
 * earlier programs `<stdin>` as well: a function's line is shown where `code` defines one of its name.
 */
export function withSourceLines(
  outcome: Extract<Outcome, { status: "error" }>,
  code: string,
): Outcome {
  if (outcome.origin !== "code") return outcome;
  const lines = code.split(/\r\n|\n|\r/);
  const traceback = outcome.traceback.flatMap((text) => {
    const [, line, name = "<module>"] = FRAME.exec(text) ?? [];
    const source = lines[Number(line) - 1]?.trim();
    const isOurs = name === "<module>" ||
      lines.some((line) => line.trimStart().replace(/^async\s+/, "").startsWith(`def ${name}(`));
    return source && isOurs ? [text, `    ${source}`] : [text];
  });
  return { ...outcome, traceback };
}
