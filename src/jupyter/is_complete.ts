/**
 * Whether a cell's text is a whole statement, for consoles that decide on Enter. It looks at the
 * text alone, through the same eyes as the session that will run it: magics, brackets, strings, and
 * then indentation.
 */

import { isMagic, linesOf } from "@/session/cell.ts";
import { PythonLines } from "@/session/python_lines.ts";
import type { Json } from "@/wire/jupyter_message.ts";

/** How an `is_complete_reply` answers. */
export type Completeness =
  | { readonly status: "complete" | "invalid" | "unknown" }
  | { readonly status: "incomplete"; readonly indent: string };

const INDENT = "    ";

/** Statements after which a block goes on no further. */
const BLOCK_END = /^\s*(?:return|raise|pass|break|continue)\b/;

/** Answers for `code`; `indent` is what the next line should begin with. */
export function isComplete(code: string): Completeness & Json {
  const lines = linesOf(code);
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first < 0) return { status: "complete" };
  // A line end that closes the text: an empty line was entered, and it is no line to be read.
  const endsEmpty = lines.length > 1 && lines[lines.length - 1].trim() === "";
  if (lines[first].startsWith("%%")) {
    return endsEmpty && lines.length - first > 2 ? { status: "complete" } : more("");
  }
  if (endsEmpty) lines.pop();

  const python = new PythonLines();
  /** The last statement of the Python below the last magic. */
  let last = "";
  for (const line of lines) {
    if (!python.atStart || !isMagic(line)) {
      python.read(line);
      if (python.statement.trim() !== "") last = python.statement;
    } else if (line.startsWith("%%")) {
      return { status: "invalid" };
    } else {
      last = "";
    }
  }
  if (python.invalid) return { status: "invalid" };
  if (!python.atStart) return more(indentOf(lines[lines.length - 1]));
  return blockIsComplete(last, { endsEmpty });
}

function more(indent: string): Completeness & Json {
  return { status: "incomplete", indent };
}

function indentOf(line: string): string {
  return /^\s*/.exec(line)![0];
}

/** How a block stands whose last statement is `last`. An empty line ends it. */
function blockIsComplete(
  last: string,
  { endsEmpty }: { endsEmpty: boolean },
): Completeness & Json {
  if (last.trimEnd().endsWith(":")) return more(indentOf(last) + INDENT);
  if (/^\s*@/.test(last)) return more(indentOf(last));
  const inBlock = indentOf(last) !== "" || isCompound(last) && /:\s*\S/.test(last);
  if (!inBlock || endsEmpty) return { status: "complete" };
  const indent = indentOf(last);
  return more(BLOCK_END.test(last) ? indent.slice(INDENT.length) : indent);
}

function isCompound(line: string): boolean {
  return /^(?:if|for|while|with|try|else|elif|except|finally|def|class|async)\b/.test(line);
}
