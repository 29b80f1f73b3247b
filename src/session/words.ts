/** The words behind a magic's name. */

import { UsageError } from "@/base/errors.ts";

/**
 * Splits as a POSIX shell does. A comment at the end, `#` as a word of its own with more behind it, is
 * left out, as people write it behind Python.
 *
 * @throws {UsageError} when a quote is not closed.
 */
export async function words(text: string): Promise<string[]> {
  const args = withoutComment(text);
  if (args === "") return [];
  const { split } = await import("shlex");
  try {
    return split(args);
  } catch (cause) {
    throw new UsageError(`Cannot split "${text}" into words: a quote is not closed.`, { cause });
  }
}

/** Quoted texts, escaped characters and all others, up to a `#` between blanks. */
const BEFORE_COMMENT =
  /^((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^'"\\#]|(?<!^|\s)#|#(?!\s))*)(?<=^|\s)#\s/s;

function withoutComment(text: string): string {
  return (BEFORE_COMMENT.exec(text)?.[1] ?? text).trim();
}
