/**
 * Whether a cell's text is a whole statement, for consoles that decide on Enter. It looks at the
 * text alone, as Python's tokeniser would: brackets, strings, line ends, indentation.
 */

import type { Json } from "@/wire/jupyter_message.ts";

/** How an `is_complete_reply` answers. */
export type Completeness =
  | { readonly status: "complete" | "invalid" | "unknown" }
  | { readonly status: "incomplete"; readonly indent: string };

const INDENT = "    ";

/** Statements after which a block goes on no further. */
const BLOCK_END = /^\s*(?:return|raise|pass|break|continue)\b/;

const OPENING = "([{";
const CLOSING = ")]}";

/** Answers for `code`; `indent` is what the next line should begin with. */
export function isComplete(code: string): Completeness & Json {
  if (code.trim() === "") return { status: "complete" };
  if (code.startsWith("%%")) return /\n\s*$/.test(code) ? { status: "complete" } : more("");
  const lastLine = code.slice(code.lastIndexOf("\n") + 1);
  if (/^[%!]/.test(lastLine)) return { status: "complete" };
  const scan = scanPython(code);
  if (scan.invalid) return { status: "invalid" };
  if (scan.open) return more(indentOf(lastLine));
  return blockIsComplete(scan.lines);
}

function more(indent: string): Completeness & Json {
  return { status: "incomplete", indent };
}

function indentOf(line: string): string {
  return /^\s*/.exec(line)![0];
}

/** `lines` are logical lines without comments. A block ends with an empty line. */
function blockIsComplete(lines: readonly string[]): Completeness & Json {
  const last = lines.findLast((line) => line.trim() !== "") ?? "";
  const endsEmpty = lines.length > 1 && lines[lines.length - 1].trim() === "";
  if (last.trimEnd().endsWith(":")) return more(indentOf(last) + INDENT);
  if (/^\s*@/.test(last)) return more(indentOf(last));
  const inBlock = indentOf(last) !== "" || /^[^"'#]*:\s*\S/.test(last) && isCompound(last);
  if (!inBlock || endsEmpty) return { status: "complete" };
  const indent = indentOf(last);
  return more(BLOCK_END.test(last) ? indent.slice(INDENT.length) : indent);
}

function isCompound(line: string): boolean {
  return /^(?:if|for|while|with|try|else|elif|except|finally|def|class|async)\b/.test(line);
}

interface Scan {
  /** A bracket, a string of three quotes or a backslash is still open. */
  readonly open: boolean;
  readonly invalid: boolean;
  /** Logical lines: what brackets and strings hold together is one. */
  readonly lines: readonly string[];
}

/** A string's beginning, a comment, a continued line, or any one character. */
const TOKEN = /'''|"""|'|"|#[^\n]*|\\\r?\n|[^]/g;

function scanPython(code: string): Scan {
  const lines = [""];
  const brackets: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(code); match !== null; match = TOKEN.exec(code)) {
    const token = match[0];
    if (token[0] === "'" || token[0] === '"') {
      const end = stringEnd(code, TOKEN.lastIndex, token);
      if (end < 0) return { open: token.length === 3, invalid: token.length === 1, lines };
      lines[lines.length - 1] += '""';
      TOKEN.lastIndex = end;
    } else if (token === "\n" && brackets.length === 0) {
      lines.push("");
    } else if (token === "\\" && TOKEN.lastIndex === code.length) {
      return { open: true, invalid: false, lines };
    } else if (token[0] !== "#" && token[0] !== "\\") {
      if (OPENING.includes(token)) brackets.push(token);
      if (CLOSING.includes(token) && brackets.pop() !== OPENING[CLOSING.indexOf(token)]) {
        return { open: false, invalid: true, lines };
      }
      lines[lines.length - 1] += token === "\n" ? " " : token;
    }
  }
  return { open: brackets.length > 0 || /\\\r?\n$/.test(code), invalid: false, lines };
}

/** Where the string that `quote` opened before `start` is over; -1 when it is not. */
function stringEnd(code: string, start: number, quote: string): number {
  for (let at = start; at < code.length; at++) {
    if (code[at] === "\\") at++;
    else if (code.startsWith(quote, at)) return at + quote.length;
    else if (code[at] === "\n" && quote.length === 1) return -1;
  }
  return -1;
}
