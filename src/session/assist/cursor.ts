/** What stands at a cursor in a cell, and so what could be meant. Pure. */

import type { ObjectPath } from "@/device/names/names.ts";
import { isMagic, linesOf } from "../cell.ts";
import { PythonLines } from "../python_lines.ts";

/** What is being typed; `prefix` is the part of it before the cursor, from `start` on. */
export type Cursor =
  /** Nothing that could be completed: a comment, a number, prose. */
  | { readonly kind: "nothing" }
  | { readonly kind: "name"; readonly prefix: string }
  | { readonly kind: "attribute"; readonly object: ObjectPath; readonly prefix: string }
  /** `import package.prefix`. */
  | { readonly kind: "module"; readonly inPackage: string; readonly prefix: string }
  /** `from module import prefix`. */
  | { readonly kind: "member"; readonly module: string; readonly prefix: string }
  /** A string that is the key of an object's item, `object["prefix`. */
  | { readonly kind: "key"; readonly object: ObjectPath; readonly prefix: string }
  /** A string, by what is in it up to the cursor; `opens` where it surely is a path. */
  | { readonly kind: "string"; readonly prefix: string; readonly opens?: true }
  /** `%prefix` or `%%prefix`, signs included. */
  | { readonly kind: "magic"; readonly prefix: string; readonly cellToo: boolean }
  /** A word behind a magic's name; `isCell` for `%%`. */
  | {
    readonly kind: "argument";
    readonly magic: string;
    readonly isCell: boolean;
    readonly before: readonly string[];
    readonly prefix: string;
  }
  /** A word behind `!`. */
  | { readonly kind: "shell"; readonly prefix: string };

/** Cell magics whose body is not Python for a board (specification, "Magics"). */
export const OTHER_BODIES = new Set([
  "bash",
  "host",
  "ssh",
  "service",
  "writefile",
  "javascript",
  "html",
]);

const NOTHING: Cursor = { kind: "nothing" };

/** Reads what stands before `cursor`, a UTF-16 index in `text`. */
export function cursorAt(text: string, cursor: number): Cursor {
  const lines = linesOf(text.slice(0, cursor));
  const line = lines.pop()!;
  const first = lines.findIndex((line) => line.trim() !== "");
  const magic = /^%%\s*(\S*)/.exec(lines[first] ?? "")?.[1];
  if (magic !== undefined && OTHER_BODIES.has(magic)) return NOTHING;
  const python = new PythonLines();
  for (const line of magic === undefined ? lines : lines.slice(first + 1)) {
    if (!python.atStart || !isMagic(line)) python.read(line);
  }
  if (python.atStart && isMagic(line)) return magicCursor(line, { cellToo: first === -1 });
  return pythonCursor(python, line);
}

function magicCursor(line: string, { cellToo }: { cellToo: boolean }): Cursor {
  const word = /(?:\\.|[^\s\\])*$/.exec(line)![0];
  if (line.startsWith("!")) return { kind: "shell", prefix: word.replace(/^!/, "") };
  const [, signs, name, space] = /^(%{1,2})\s*(\S*)(\s?)/.exec(line)!;
  if (space === "") return { kind: "magic", prefix: signs + name, cellToo };
  const before = line.slice(signs.length + name.length, line.length - word.length).trim();
  return {
    kind: "argument",
    magic: name,
    isCell: signs === "%%",
    before: before === "" ? [] : before.split(/\s+/),
    prefix: word,
  };
}

/** Letters of any script: MicroPython takes all of them, `\w` only Latin ones without accents. */
const WORD = "[\\p{L}\\p{N}_]";
const NAME = `[\\p{L}_]${WORD}*`;
const NAMES = `(?:${NAME}(?:\\s+as\\s+${NAME})?\\s*,\\s*)*`;
const DOTTED = `${NAME}(?:\\.${NAME})*`;
const IMPORT = new RegExp(
  `^\\s*import\\s+(?:${DOTTED}(?:\\s+as\\s+${NAME})?\\s*,\\s*)*((?:${NAME}\\.)*)(${NAME})?$`,
  "u",
);
const FROM = new RegExp(`^\\s*from\\s+((?:${NAME}\\.)*)(${NAME})?$`, "u");
const FROM_IMPORT = new RegExp(
  `^\\s*from\\s+(${DOTTED})\\s+import\\s*(?:\\(\\s*|\\s)${NAMES}(${NAME})?$`,
  "u",
);
const FROM_WHAT = new RegExp(`^\\s*from\\s+${DOTTED}\\s+(\\w*)$`, "u");
/** Where a new name is being made. */
const NEW_NAME = /(?:^|[^\p{L}\p{N}_.])(?:def|class|as)\s+[\p{L}\p{N}_]*$/u;
/** Before a string that is a path. */
const OPENS = /(?<![\p{L}\p{N}_.])(?:open|u?os\.\w+)\(\s*$/u;
/** A literal in brackets, where every character of a string is `"`. */
const ITEM = `\\[(?:-?\\d+|"+)\\]`;
const PATH = `(^|.)(?<!${WORD})(${NAME}(?:\\s*\\.\\s*${NAME}|${ITEM})*)`;
const ATTRIBUTE = new RegExp(`${PATH}\\s*\\.\\s*(${NAME})?$`, "u");
const KEY = new RegExp(`${PATH}\\[$`, "u");
const STRING_ATTRIBUTE = new RegExp(`(^|\\W)([bB]?)"+\\s*\\.\\s*(${NAME})?$`, "u");
const LAST_NAME = new RegExp(`(^|.)(?<!${WORD})(${NAME}|)$`, "su");

function pythonCursor(python: PythonLines, line: string): Cursor {
  python.read(line, { whole: false });
  const { code } = python;
  if (python.inString) {
    const quoted = /"*$/.exec(code)![0].length;
    const inside = line.slice(line.length - quoted).replace(/^.*["']/s, "");
    const key = objectBefore(KEY.exec(code.slice(0, code.length - quoted)), line);
    if (key !== undefined) return { kind: "key", object: key, prefix: inside };
    const opens = OPENS.test(code.slice(0, code.length - quoted));
    return { kind: "string", prefix: inside, ...(opens && { opens }) };
  }
  if (line.includes("#", code.trimEnd().length)) return NOTHING;
  const statement = python.statement.split(";").at(-1)!;
  const imported = IMPORT.exec(statement) ?? FROM.exec(statement);
  if (imported) {
    const [, inPackage, prefix = ""] = imported;
    return { kind: "module", inPackage: inPackage.replace(/\.$/, ""), prefix };
  }
  const member = FROM_IMPORT.exec(statement);
  if (member) return { kind: "member", module: member[1], prefix: member[2] ?? "" };
  const what = FROM_WHAT.exec(statement);
  if (what) return { kind: "name", prefix: what[1] };
  if (NEW_NAME.test(code)) return NOTHING;
  return expressionCursor(code, line);
}

/** The object that a match of {@linkcode PATH} names; undefined where nothing is known about it. */
function objectBefore(match: RegExpExecArray | null, line: string): ObjectPath | undefined {
  // Behind a call or a number nothing is known.
  if (match === null || match[1] === ".") return undefined;
  const begin = match.index + match[1].length;
  const [root, ...attributes] = pathOf(line.slice(begin, begin + match[2].length)) ?? [];
  return root === undefined ? undefined : { root, attributes };
}

const PART = new RegExp(
  `\\s*(?:(${NAME})|(\\[(?:-?\\d+|"[^"\\\\\n]*"|'[^'\\\\\n]*')\\]))\\s*\\.?`,
  "uy",
);

/** The parts of a dotted name, with items such as `[0]` and `["key"]`; undefined where it is none. */
export function pathOf(text: string): string[] | undefined {
  const parts: string[] = [];
  for (PART.lastIndex = 0; PART.lastIndex < text.length;) {
    const match = PART.exec(text);
    if (match === null) return undefined;
    parts.push(match[1] ?? match[2]);
  }
  return parts;
}

function expressionCursor(code: string, line: string): Cursor {
  const string = STRING_ATTRIBUTE.exec(code);
  if (string) {
    const root = string[2] === "" ? '""' : 'b""';
    return { kind: "attribute", object: { root, attributes: [] }, prefix: string[3] ?? "" };
  }
  const attribute = ATTRIBUTE.exec(code);
  if (attribute) {
    const object = objectBefore(attribute, line);
    return object === undefined ? NOTHING : {
      kind: "attribute",
      object,
      prefix: attribute[3] ?? "",
    };
  }
  const [, before, prefix] = LAST_NAME.exec(code) ?? [, ".", ""];
  return before === "." || /[\p{L}\p{N}_]$/u.test(before!)
    ? NOTHING
    : { kind: "name", prefix: prefix! };
}

/** The dotted name or magic that `cursor` is in, or the one that is being called there. */
export function nameAt(text: string, cursor: number): string | undefined {
  const begin = text.lastIndexOf("\n", cursor - 1) + 1;
  const end = text.indexOf("\n", cursor);
  const line = text.slice(begin, end === -1 ? undefined : end);
  const at = cursor - begin;
  const magic = /^%{1,2}\s*[\w]+/.exec(line);
  if (magic) return magic[0].replace(/\s/g, "");
  const isIn = /[\p{L}\p{N}_.]/u.test(line[at] ?? "") || LAST_LETTER.test(line.slice(0, at));
  return isIn ? nameAround(line, at) : calledAbove(text.slice(0, cursor));
}

const LAST_LETTER = /[\p{L}\p{N}_]$/u;
const WHOLE_NAME = new RegExp(`^${DOTTED}$`, "u");

function nameAround(line: string, at: number): string | undefined {
  const left = /[\p{L}\p{N}_.]*$/u.exec(line.slice(0, at))![0];
  const right = /^[\p{L}\p{N}_]*/u.exec(line.slice(at))![0];
  return WHOLE_NAME.test(left + right) ? left + right : undefined;
}

/** The name whose call is open at the end of `text`, on whichever line it began. */
function calledAbove(text: string): string | undefined {
  const python = new PythonLines();
  const lines = linesOf(text);
  const codes = lines.map((line, index) => {
    if (python.atStart && isMagic(line)) return "";
    python.read(line, { whole: index < lines.length - 1 });
    return python.code;
  });
  let depth = 0;
  for (const code of codes.toReversed()) {
    for (let at = code.length - 1; at >= 0; at--) {
      const char = code[at];
      if (")]}".includes(char)) depth++;
      else if ("([{".includes(char) && depth-- === 0) {
        return char === "(" ? nameAround(code, at) : undefined;
      }
    }
  }
  return undefined;
}
