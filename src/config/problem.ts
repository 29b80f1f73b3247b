/** What is wrong with a file that the user wrote: where, what, and what to do. */

import { IotError } from "@/base/errors.ts";

/** A place in a file. */
export interface Position {
  /** The file's path. */
  readonly file: string;
  /** Its line, from 1; 0 where the file as a whole is meant. */
  readonly line: number;
  /** The column in that line, from 1, in UTF-16 units. */
  readonly column: number;
}

/** One thing that is wrong. */
export interface Problem extends Position {
  /** What is wrong, without full stop: `unknown key "lib"`. */
  readonly message: string;
  /** What to do, as a sentence. */
  readonly hint?: string;
}

/** More than these are counted, not listed: the first few usually cause the others. */
const MAX_LISTED = 20;

/** A problem as compilers print it: `file:line:column: message. Hint.` */
export function formatProblem({ file, line, column, message, hint }: Problem): string {
  const where = line === 0 ? file : `${file}:${line}:${column}`;
  return `${where}: ${message}.${hint === undefined ? "" : ` ${hint}`}`;
}

/** The configuration cannot be used. Carries everything that is wrong with it. */
export class ConfigError extends IotError {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    const lines = problems.slice(0, MAX_LISTED).map(formatProblem);
    const more = problems.length - lines.length;
    if (more > 0) lines.push(`… and ${more} more.`);
    super(lines.join("\n"), 2, options);
    this.problems = problems;
  }
}
