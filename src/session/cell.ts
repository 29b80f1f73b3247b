/**
 * A cell's text as steps: Python for the board, and magics between. Pure.
 *
 * `%` or `!` at column 0 starts a magic, and `?` at either end of a name asks about it, unless the
 * line goes on with a Python statement: inside a string, a bracket or after a backslash.
 */

import { UsageError } from "@/base/errors.ts";
import { PythonLines } from "./python_lines.ts";

/** One thing to do. `line` is the number, from 1, of its first line in the cell. */
export type Step =
  /** Python for the board. */
  | { readonly kind: "python"; readonly line: number; readonly code: string }
  /** `%name rest`. */
  | { readonly kind: "line"; readonly line: number; readonly name: string; readonly rest: string }
  /** `%%name rest`, with the lines below it. */
  | {
    readonly kind: "cell";
    readonly line: number;
    readonly name: string;
    readonly rest: string;
    readonly body: string;
  }
  /** `name?`, or `name??` where `detail`; the name is dotted, or a magic with its signs. */
  | {
    readonly kind: "inspect";
    readonly line: number;
    readonly name: string;
    readonly detail: boolean;
  }
  /** `!command`, with the lines below it that a backslash joins to it, as they are. */
  | { readonly kind: "shell"; readonly line: number; readonly command: string };

/** The lines of a cell, without their ends. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** Whether a line that no Python statement goes on with is a magic, not Python. */
export function isMagic(line: string): boolean {
  return line.startsWith("%") || line.startsWith("!");
}

/** A name, perhaps with items such as `[0]`, or a magic with its signs, and a question mark or two before or behind it. */
const NAME = String.raw`(%{0,2}[\p{L}_](?:[\p{L}\p{N}_.]|\[(?:-?\d+|"[^"\\]*"|'[^'\\]*')\])*)`;
const QUESTION = new RegExp(
  String.raw`^(?:(\?\??)\s*${NAME}|${NAME}\s*(\?\??))\s*(?:#.*)?$`,
  "u",
);

/**
 * Splits a cell into its steps, in order. Lines that hold only blanks and comments make no step.
 *
 * @throws {UsageError} when a `%%` magic does not come first.
 */
export function parseCell(text: string): Step[] {
  const lines = linesOf(text);
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first === -1) return [];
  if (lines[first].startsWith("%%") && !QUESTION.test(lines[first])) {
    const magic = readMagic(lines[first].slice(2));
    return [{ kind: "cell", line: first + 1, ...magic, body: lines.slice(first + 1).join("\n") }];
  }

  const steps: Step[] = [];
  const scanner = new PythonLines();
  let python: { line: number; lines: string[] } | undefined;
  const endPython = () => {
    const step = python && pythonStep(python.line, python.lines);
    if (step) steps.push(step);
    python = undefined;
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    const step = scanner.atStart ? magicStep(line, index + 1) : undefined;
    if (step?.kind === "shell") {
      endPython();
      const command = [step.command];
      while (goesOn(lines[index]) && index + 1 < lines.length) command.push(lines[++index]);
      steps.push({ ...step, command: command.join("\n") });
    } else if (step !== undefined) {
      endPython();
      steps.push(step);
    } else {
      scanner.read(line);
      python ??= { line: index + 1, lines: [] };
      python.lines.push(line);
    }
  }
  endPython();
  return steps;
}

/** The step that a line is by itself; undefined where it is Python. */
function magicStep(text: string, line: number): Step | undefined {
  const question = QUESTION.exec(text);
  if (question) {
    const [, , name = question[3], , marks = question[1]] = question;
    return { kind: "inspect", line, name, detail: marks === "??" };
  }
  if (!isMagic(text)) return undefined;
  if (text.startsWith("%%")) {
    throw new UsageError(
      `Line ${line}: "${text}" must be the first line of its cell. Put it in a cell of its own.`,
    );
  }
  if (text.startsWith("%")) return { kind: "line", line, ...readMagic(text.slice(1)) };
  return { kind: "shell", line, command: text.slice(1) };
}

/** Whether a line for the shell goes on in the next: it ends with a backslash that is no escaped one. */
function goesOn(line: string): boolean {
  return /(?<!\\)(?:\\\\)*\\$/.test(line);
}

function readMagic(text: string): { name: string; rest: string } {
  const [, name, rest] = /^\s*(\S*)\s*(.*)$/s.exec(text)!;
  // `%name;` is Python's habit of ending a statement, and no magic's name.
  return rest === "" || rest === ";"
    ? { name: name.replace(/;$/, ""), rest: "" }
    : { name, rest: rest.trimEnd() };
}

/** The step for these lines, or none where there is nothing to run. */
function pythonStep(line: number, lines: string[]): Step | undefined {
  if (lines.every((text) => /^\s*(?:#.*)?$/.test(text))) return;
  const leading = lines.findIndex((text) => text.trim() !== "");
  return {
    kind: "python",
    line: line + leading,
    code: lines.slice(leading).join("\n").trimEnd() + "\n",
  };
}
