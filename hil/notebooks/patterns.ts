/** Lines that lines of output must be like: themselves, or patterns where a cell is tagged so. */

import { type OutputLine, withoutAddresses } from "./lines.ts";

/** A line that is expected. */
export interface LinePattern {
  /** As it is stored. */
  readonly text: string;
  /** Stands for any number of lines, none included. */
  readonly isAny?: true;
  /** Whether `line` is one that is meant. */
  matches(line: OutputLine): boolean;
}

/** In a pattern, any text within a line; alone on a line, any lines. */
const ANYTHING = "…";

/** A longer line is matched by no expression: they can take for ever. */
const MAX_EXPRESSION_LINE = 10_000;

/** Lines that must be there as they are, but for where objects are in memory. */
export function exactPatterns(lines: readonly OutputLine[]): LinePattern[] {
  return lines.map(exact);
}

/**
 * Lines as patterns: `…` is any text within a line, alone on a line any number of lines; `/…/` is a
 * regular expression for a whole line.
 *
 * @throws {SyntaxError} when an expression is none.
 */
export function readPatterns(lines: readonly OutputLine[]): LinePattern[] {
  return lines.map((line) => {
    const { text, isHeading } = line;
    if (isHeading) return exact(line);
    if (text.trim() === ANYTHING) {
      return { text, isAny: true, matches: (line) => line.isHeading !== true };
    }
    const [, expression] = /^\/(.+)\/$/.exec(text) ?? [];
    if (expression !== undefined) {
      const whole = new RegExp(`^(?:${expression})$`);
      return {
        text,
        matches: ({ text, isHeading }) =>
          !isHeading && text.length <= MAX_EXPRESSION_LINE && whole.test(text),
      };
    }
    const parts = withoutAddresses(text).split(ANYTHING);
    if (parts.length === 1) return exact(line);
    return {
      text,
      matches: ({ bare, isHeading }) => !isHeading && hasInOrder(bare, parts),
    };
  });
}

function exact({ text, bare, isHeading }: OutputLine): LinePattern {
  return { text, matches: (line) => line.isHeading === isHeading && line.bare === bare };
}

/** Whether `text` begins with the first part, ends with the last one, and has the others between. */
function hasInOrder(text: string, parts: readonly string[]): boolean {
  const [first, last] = [parts[0], parts.at(-1)!];
  const end = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last) || end < first.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
