/**
 * The value of a cell's last expression. A board's REPL evaluates what it is sent as a program, whose
 * last value is lost; so the expression is made an assignment, where it stands, and its line numbers
 * stay what they were. What is no expression is left alone: the board then says itself what is wrong.
 */

import { linesOf } from "../cell.ts";
import { PythonLines } from "../python_lines.ts";

/** A simple statement: where it is in a text, and what it looks like without strings. */
interface Statement {
  /** UTF-16 index of its first character. */
  readonly start: number;
  readonly code: string;
}

/**
 * Words that begin a statement. `print` is none of them; `await` and `yield` may not stand in a
 * cell's last line on any board, and are left for the board to refuse.
 */
const STATEMENT_WORDS = new Set(
  ("and as assert async await break class continue def del elif else except finally for from " +
    "global if import in is nonlocal or pass raise return try while with yield").split(" "),
);

/**
 * Words that begin a statement with a body, which may follow its colon on the same line. `match` is
 * none: no board knows the statement, and many cells have a variable of that name.
 */
const COMPOUND_WORD = /^(?:async|class|def|elif|else|except|finally|for|if|try|while|with)\b/;

/** What stands outside all brackets of an assignment, an annotation or a block, `=` aside. */
const NO_EXPRESSION = new Set([":", ":=", "<<=", ">>="]);

/** Code whose last expression is assigned to a name. */
export interface AssignedCode {
  readonly code: string;
  /** The number, from 1, of the line in it that the expression begins on. */
  readonly line: number;
}

/**
 * `code` with its last expression assigned to `name`; undefined where its last statement is none, or
 * ends in a semicolon.
 *
 * @param code lines that end in `\n`
 */
export function assignLastExpression(code: string, name: string): AssignedCode | undefined {
  const line = lastLogicalLine(code);
  if (line === undefined || /^[\s@]/.test(line.code) || COMPOUND_WORD.test(line.code)) return;
  const last = simpleStatements(line).at(-1);
  if (last === undefined || !isExpression(last.code)) return;
  const above = code.slice(0, last.start);
  return {
    code: `${above}${name} = ${code.slice(last.start)}`,
    line: above.split("\n").length,
  };
}

/** The last logical line that has something in it, if it is whole. */
function lastLogicalLine(code: string): Statement | undefined {
  const scanner = new PythonLines();
  let current: { start: number; code: string } | undefined;
  let last: Statement | undefined;
  let offset = 0;
  for (const line of linesOf(code)) {
    if (scanner.atStart) current = { start: offset, code: "" };
    scanner.read(line);
    current!.code += `${scanner.code}\n`;
    if (scanner.atStart && current!.code.trim() !== "") last = current!;
    offset += line.length + 1;
  }
  return scanner.atStart && !scanner.invalid ? last : undefined;
}

/** The statements of a logical line that semicolons part; the last is empty behind the last one. */
function simpleStatements({ start, code }: Statement): Statement[] {
  const statements: Statement[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= code.length; at++) {
    const char = code[at] ?? ";";
    if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth--;
    else if (char === ";" && depth === 0) {
      const text = code.slice(from, at);
      const blank = text.length - text.trimStart().length;
      statements.push({ start: start + from + blank, code: text.trim() });
      from = at + 1;
    }
  }
  return statements;
}

/** Whether a simple statement is an expression, which has a value. */
function isExpression(code: string): boolean {
  const first = /^[^\W\d]\w*/.exec(code)?.[0];
  if (code === "" || /^[*@]/.test(code) || first !== undefined && STATEMENT_WORDS.has(first)) {
    return false;
  }
  let depth = 0;
  /** How many `lambda`s await their colon: in their parameters `=` gives a default. */
  let lambdas = 0;
  for (const [token] of code.matchAll(/[^\W\d]\w*|<<=|>>=|[<>!=:]=|[^\s\w]/g)) {
    if ("([{".includes(token)) depth++;
    else if (")]}".includes(token)) depth--;
    else if (depth > 0) continue;
    else if (token === "lambda") lambdas++;
    else if (token === ":" && lambdas > 0) lambdas--;
    else if (NO_EXPRESSION.has(token) || token === "=" && lambdas === 0) return false;
  }
  return true;
}
