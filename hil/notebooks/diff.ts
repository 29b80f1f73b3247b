/**
 * What differs between lines that are expected and lines that came. Written here because expected
 * lines may be patterns, and one of them may stand for many lines, which no diff library knows.
 */

import type { OutputLine } from "./lines.ts";
import type { LinePattern } from "./patterns.ts";

/** One step from the expected lines to those that came. */
interface Edit {
  /** A line that is as expected, one that lacks, one that is too much. */
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Equal lines shown around a difference. */
const CONTEXT = 3;

/** The most that is compared line by line, in pairs of lines: 4 MB. */
const MAX_PAIRS = 1_000_000;

/** A longer line is cut, and so is a longer diff. */
const MAX_LINE = 200;
const MAX_LINES = 40;

/**
 * A unified diff; undefined where `actual` is as expected. Long ones are cut.
 *
 * @param names what the two sides are called
 */
export function diffLines(
  expected: readonly LinePattern[],
  actual: readonly OutputLine[],
  names: { readonly expected: string; readonly actual: string },
): string | undefined {
  const edits = align(expected, actual);
  if (edits.every(({ sign }) => sign === " ")) return undefined;
  const lines = hunks(edits);
  const shown = lines.slice(0, MAX_LINES).map(cut);
  const rest = lines.length - shown.length;
  if (rest > 0) shown.push(`… ${rest} more lines of the difference`);
  return [`--- ${names.expected}`, `+++ ${names.actual}`, ...shown].join("\n");
}

/** The fewest edits. Lines at both ends that match in any case are put aside first. */
function align(expected: readonly LinePattern[], actual: readonly OutputLine[]): Edit[] {
  const same = (at: number, to: number) => {
    const pattern = expected[at];
    return pattern !== undefined && !pattern.isAny && to in actual && pattern.matches(actual[to]);
  };
  let head = 0;
  while (same(head, head)) head++;
  let [end, until] = [expected.length, actual.length];
  while (end > head && until > head && same(end - 1, until - 1)) {
    [end, until] = [end - 1, until - 1];
  }
  const equal = (line: OutputLine): Edit => ({ sign: " ", text: line.text });
  return [
    ...actual.slice(0, head).map(equal),
    ...alignMiddle(expected.slice(head, end), actual.slice(head, until)),
    ...actual.slice(until).map(equal),
  ];
}

/** By dynamic programming from the end: `costs` holds the fewest edits for what is left of both. */
function alignMiddle(expected: readonly LinePattern[], actual: readonly OutputLine[]): Edit[] {
  const [rows, columns] = [expected.length, actual.length];
  if (rows * columns > MAX_PAIRS) {
    return [
      ...expected.map(({ text }): Edit => ({ sign: "-", text })),
      ...actual.map(({ text }): Edit => ({ sign: "+", text })),
    ];
  }
  const width = columns + 1;
  const costs = new Uint32Array((rows + 1) * width);
  const cost = (row: number, column: number) => costs[row * width + column];
  /** What this pair can do: each way's cost is what it takes itself and what is left behind it. */
  const ways = (row: number, column: number) => {
    const [pattern, line] = [expected[row], actual[column]];
    const isMatch = pattern !== undefined && line !== undefined && pattern.matches(line);
    const free = pattern?.isAny ? 0 : 1;
    return {
      both: isMatch && !pattern.isAny ? cost(row + 1, column + 1) : Infinity,
      lacks: pattern === undefined ? Infinity : cost(row + 1, column) + free,
      more: line === undefined
        ? Infinity
        : isMatch && pattern.isAny
        ? cost(row, column + 1)
        : cost(row, column + 1) + 1,
      isTaken: isMatch && pattern?.isAny === true,
    };
  };
  for (let row = rows; row >= 0; row--) {
    for (let column = columns; column >= 0; column--) {
      if (row === rows && column === columns) continue;
      const { both, lacks, more } = ways(row, column);
      costs[row * width + column] = Math.min(both, lacks, more);
    }
  }
  const edits: Edit[] = [];
  for (let [row, column] = [0, 0]; row < rows || column < columns;) {
    const { both, lacks, more, isTaken } = ways(row, column);
    const least = Math.min(both, lacks, more);
    if (both === least) {
      edits.push({ sign: " ", text: actual[column].text });
      [row, column] = [row + 1, column + 1];
    } else if (lacks === least) {
      if (!expected[row].isAny) edits.push({ sign: "-", text: expected[row].text });
      row++;
    } else {
      edits.push({ sign: isTaken ? " " : "+", text: actual[column].text });
      column++;
    }
  }
  return edits;
}

/** The differences with what stands around them, as `diff -u` writes them. */
function hunks(edits: readonly Edit[]): string[] {
  const isShown = edits.map(() => false);
  edits.forEach(({ sign }, at) => {
    if (sign !== " ") isShown.fill(true, Math.max(0, at - CONTEXT), at + CONTEXT + 1);
  });
  const lines: string[] = [];
  let [before, after] = [1, 1];
  for (let at = 0; at < edits.length;) {
    const from = at;
    while (at < edits.length && isShown[at] === isShown[from]) at++;
    const part = edits.slice(from, at);
    const old = part.filter(({ sign }) => sign !== "+").length;
    const now = part.filter(({ sign }) => sign !== "-").length;
    if (isShown[from]) {
      lines.push(`@@ -${range(before, old)} +${range(after, now)} @@`);
      lines.push(...part.map(({ sign, text }) => sign + text));
    }
    [before, after] = [before + old, after + now];
  }
  return lines;
}

/** As in POSIX, `diff`: of no lines, the one before them is named. */
function range(start: number, count: number): string {
  return count === 1 ? String(start) : `${count === 0 ? start - 1 : start},${count}`;
}

function cut(line: string): string {
  if (line.length <= MAX_LINE) return line;
  return `${line.slice(0, MAX_LINE).replace(/[\ud800-\udbff]$/, "")}… (${line.length} characters)`;
}
