/**
 * Puts source lines under the frames of a traceback. A board names all code that it was sent
 * `<stdin>`, this cell's as well as that of functions which other cells defined; so a line is shown
 * where it is known to be the right one, and left out where it would be a guess. Pure.
 */

import type { Outcome } from "@/base/outcome.ts";
import type { CellNames, Definition } from "./cell_names.ts";

const FRAME = /^ {2}File "<stdin>", line (\d+)(?:, in (.+))?$/;

/** Frame lines are dim, the exception is red, as consoles colour them. */
const DIM = "\x1b[2m";
const RED = "\x1b[0;31m";
const PLAIN = "\x1b[0m";

/** A frame's place in a cell. */
interface Place {
  readonly cell: CellNames;
  readonly text: string;
}

/**
 * `outcome`, if it is an error of the cell's code, with its traceback easier to read.
 *
 * @param cells all cells that ran, this one last
 */
export function withSource(
  outcome: Outcome,
  cells: readonly CellNames[],
  { colour }: { readonly colour: boolean },
): Outcome {
  if (outcome.status === "ok" || outcome.origin !== "code" || cells.length === 0) return outcome;
  const lines = outcome.traceback.flatMap((text) => text.split("\n"));
  const lastFrame = lines.findLastIndex((line) => /^ {2}File "/.test(line));
  let above: Place | undefined;
  let last: Place | undefined;
  const traceback = lines.flatMap((line, index) => {
    const frame = index <= lastFrame ? FRAME.exec(line) : null;
    if (frame === null) {
      above = undefined;
      return [paint(line, { colour: index > lastFrame ? RED : DIM, on: colour })];
    }
    const place = placeOf(Number(frame[1]), frame[2], { cells, above });
    last = above = place;
    const shown = paint(line, { colour: DIM, on: colour });
    return place === undefined ? [shown] : [shown, `    ${place.text.trim()}`];
  });
  const hint = hintOn(outcome.ename, last);
  return { ...outcome, traceback: hint === undefined ? traceback : [...traceback, hint] };
}

/** What stands where a magic would if it began the line: blanks, or the target of an assignment. */
const MISPLACED_MAGIC = /^(?:\s+|(?:[^=%"']|==)*=\s*)%{1,2}[a-z]\w*|^\s+![a-z.~/]/i;

/** A word on a line that the board's compiler does not know what to make of. */
function hintOn(ename: string, place: Place | undefined): string | undefined {
  if (!/^(?:Syntax|Indentation)Error$/.test(ename)) return undefined;
  return place !== undefined && MISPLACED_MAGIC.test(place.text)
    ? "Magics (%name, !command) begin at the start of a line, and have no value to assign."
    : undefined;
}

function paint(line: string, { colour, on }: { colour: string; on: boolean }): string {
  return on && line !== "" ? `${colour}${line}${PLAIN}` : line;
}

/**
 * Where the frame of a function is, `undefined` when that is not certain.
 *
 * @param name what it is in; none for a syntax error
 */
function placeOf(
  line: number,
  name: string | undefined,
  { cells, above }: { cells: readonly CellNames[]; above: Place | undefined },
): Place | undefined {
  const cell = cells.at(-1)!;
  // Only the cell that runs has a frame of its own, and only its code is being compiled.
  if (name === undefined || name === "<module>") return placeIn(cell, line);
  const called = above && calledFrom(above, name, cells);
  if (called) return placeIfInside(called, line);
  // Whoever called it, it is one of these: they may all say the same.
  const places = cells.flatMap((cell) =>
    cell.definitions
      .filter((definition) => definition.name === name)
      .flatMap((definition) => placeIfInside({ cell, definition }, line) ?? [])
  );
  return new Set(places.map(({ text }) => text)).size === 1 ? places[0] : undefined;
}

/**
 * The function that a line calls by its bare name, if it does: the last one of that name at the top
 * of a cell, unless something else has the name since.
 */
function calledFrom(
  { text }: Place,
  name: string,
  cells: readonly CellNames[],
): { cell: CellNames; definition: Definition } | undefined {
  if (!new RegExp(`(?<![\\w.])${name.replace(/\W/g, "\\$&")}\\s*\\(`).test(text)) return undefined;
  for (const cell of cells.toReversed()) {
    if (!cell.bound.has(name)) continue;
    const found = cell.definitions.filter((one) => one.name === name);
    const [only] = found;
    const isCertain = found.length === 1 && only.inside.length === 0 && !only.decorated &&
      cell.bound.get(name) === "function";
    return isCertain ? { cell, definition: only } : undefined;
  }
  return undefined;
}

function placeIfInside(
  { cell, definition }: { cell: CellNames; definition: Definition },
  line: number,
): Place | undefined {
  const isInside = definition.line <= line && line <= definition.endLine;
  return isInside ? placeIn(cell, line) : undefined;
}

function placeIn(cell: CellNames, line: number): Place | undefined {
  const text = cell.lines[line - 1];
  return text === undefined || text.trim() === "" ? undefined : { cell, text };
}
