/** The names that a cell's Python gives to things, and what it defines, read from its text. Pure. */

import type { NameKind } from "@/device/names/names.ts";
import { linesOf, parseCell } from "../cell.ts";
import { OTHER_BODIES } from "./cursor.ts";
import { PythonLines } from "../python_lines.ts";

/** A function or class that a cell defines. */
export interface Definition {
  readonly name: string;
  readonly kind: "class" | "function";
  /** The number, from 1, of its `def` or `class` line in the cell. */
  readonly line: number;
  /** The number of its last line. */
  readonly endLine: number;
  /** The names that it is defined inside of, outermost first. */
  readonly inside: readonly string[];
  readonly decorated: boolean;
  /** Its source, decorators included, as it stands. */
  readonly source: string;
}

/** What a name is imported from. */
export interface Imported {
  readonly module: string;
  /** With `from`. */
  readonly member?: string;
}

/** What a cell's text says about names. */
export interface CellNames {
  /** The names that are modules, or their members, by what was imported last. */
  readonly imports: ReadonlyMap<string, Imported>;
  /** The names that it binds in `__main__`, by the last thing that each one is bound to. */
  readonly bound: ReadonlyMap<string, NameKind>;
  readonly definitions: readonly Definition[];
  /** The cell's lines, those empty that are no Python. */
  readonly lines: readonly string[];
}

/** A statement or the first line of one with a body. */
interface Logical {
  readonly code: string;
  readonly line: number;
  readonly endLine: number;
}

/** A definition whose end has not been seen. */
interface Open extends Omit<Definition, "endLine" | "source"> {
  readonly indent: number;
  /** The first line, of a decorator if there is one. */
  readonly begin: number;
}

/** How a name is given to a lambda, up to its parameters. */
export const LAMBDA = /^\s*([\p{L}_][\p{L}\p{N}_]*)\s*=\s*lambda\b/u;

/** Reads a cell. A text that is no cell has no names. */
export function namesInCell(text: string): CellNames {
  const lines = linesOf(text);
  const bound = new Map<string, NameKind>();
  const imports = new Map<string, Imported>();
  const definitions: Definition[] = [];
  const python = lines.map(() => "");
  for (const { line, code } of pythonOf(text)) {
    linesOf(code).forEach((text, index) => python[line - 1 + index] = text);
    const open: Open[] = [];
    let lastLine = line;
    const close = (indent: number) => {
      while (open.length > 0 && open.at(-1)!.indent >= indent) {
        const { begin, indent: _, ...rest } = open.pop()!;
        const source = lines.slice(begin - 1, lastLine).join("\n");
        definitions.push({ ...rest, endLine: lastLine, source });
      }
    };
    let decorator: number | undefined;
    for (const logical of logicalLines(code, line)) {
      const indent = /^\s*/.exec(logical.code)![0].length;
      const statement = logical.code.trim();
      close(indent);
      lastLine = logical.endLine;
      if (statement.startsWith("@")) {
        decorator ??= logical.line;
        continue;
      }
      if (open.length === 0) bindNames(statement, { bound, imports });
      const [, kind, name] =
        /^(?:async\s+)?(def|class)\s+([\p{L}_][\p{L}\p{N}_]*)/u.exec(statement) ?? [];
      if (name !== undefined) {
        open.push({
          name,
          kind: kind === "class" ? "class" : "function",
          line: logical.line,
          begin: decorator ?? logical.line,
          decorated: decorator !== undefined,
          inside: open.map(({ name }) => name),
          indent,
        });
      }
      const lambda = LAMBDA.exec(logical.code)?.[1];
      if (lambda !== undefined) {
        definitions.push({
          name: lambda,
          kind: "function",
          line: logical.line,
          endLine: logical.endLine,
          inside: open.map(({ name }) => name),
          decorated: false,
          source: lines.slice(logical.line - 1, logical.endLine).join("\n"),
        });
      }
      decorator = undefined;
    }
    close(0);
  }
  return { bound, imports, definitions, lines: python };
}

/** The Python in a cell, each part with the number of its first line. */
function pythonOf(text: string): { line: number; code: string }[] {
  try {
    return parseCell(text).flatMap((step) => {
      if (step.kind === "python") return [step];
      const isPython = step.kind === "cell" && !OTHER_BODIES.has(step.name);
      return isPython ? [{ line: step.line + 1, code: step.body }] : [];
    });
  } catch {
    return []; // the session says what is wrong with it
  }
}

/** The statements of a text, strings and comments blanked, physical lines joined. */
function* logicalLines(code: string, firstLine: number): Generator<Logical> {
  const scanner = new PythonLines();
  let parts: string[] = [];
  let begin = firstLine;
  for (const [index, text] of linesOf(code).entries()) {
    if (scanner.atStart) {
      parts = [];
      begin = firstLine + index;
    }
    scanner.read(text);
    parts.push(scanner.code);
    const joined = parts.join(" ");
    if (scanner.atStart && joined.trim() !== "") {
      yield { code: joined, line: begin, endLine: firstLine + index };
    }
  }
}

const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** Where the names of a cell are noted. */
interface Bindings {
  readonly bound: Map<string, NameKind>;
  readonly imports: Map<string, Imported>;
}

/** Notes the names that a statement at the top of a cell, or in a block there, binds. */
function bindNames(statement: string, { bound, imports }: Bindings): void {
  const bind = (name: string, kind: NameKind, imported?: Imported) => {
    if (!NAME.test(name)) return;
    bound.set(name, kind);
    if (imported === undefined) imports.delete(name);
    else imports.set(name, imported);
  };
  const bindAll = (targets: string) => {
    for (const target of targets.split(",")) {
      bind(/^[[(*\s]*([\p{L}\p{N}_]+)[\])\s]*$/u.exec(target)?.[1] ?? "", "instance");
    }
  };
  const annotated = statement.replace(
    /^(?!(?:else|try|finally|lambda)\b)([\p{L}\p{N}_]+)\s*:[^=]*=/u,
    "$1 =",
  );
  for (const part of splitOutsideBrackets(annotated, /[;:]/)) {
    const text = part.trim();
    const [, kind, defined] = /^(?:async\s+)?(def|class)\s+([\p{L}\p{N}_]+)/u.exec(text) ?? [];
    if (defined) return bind(defined, kind === "class" ? "class" : "function");
    const imported = /^import\s+(.*)$/s.exec(text)?.[1];
    for (const item of imported?.split(",") ?? []) {
      const [, path, name, as] =
        /^\s*(([\p{L}\p{N}_]+)[\p{L}\p{N}_.]*)(?:\s+as\s+([\p{L}\p{N}_]+))?/u.exec(item) ?? [];
      if (name) bind(as ?? name, "module", { module: as ? path : name });
    }
    const [, module, members] = /^from\s+([\p{L}\p{N}_.]+)\s+import\s+(.*)$/su.exec(text) ?? [];
    for (const item of members?.replace(/[()]/g, "").split(",") ?? []) {
      const [, member, as] = /^\s*([\p{L}\p{N}_]+)(?:\s+as\s+([\p{L}\p{N}_]+))?\s*$/u.exec(item) ??
        [];
      if (member) bind(as ?? member, "instance", { module, member });
    }
    const loop = /^(?:async\s+)?for\s+(.*?)\s+in\s/s.exec(text)?.[1];
    if (loop) bindAll(loop);
    for (const [, as] of text.matchAll(/^(?:with|except)\b.*?\sas\s+([\p{L}\p{N}_]+)/gsu)) {
      bind(as, "instance");
    }
    const deleted = /^del\s+([\p{L}\p{N}_]+)$/u.exec(text)?.[1];
    if (deleted) {
      bound.delete(deleted);
      imports.delete(deleted);
    }
    const targets = splitOutsideBrackets(text, /(?<![=<>!:+\-*/%&|^@])=(?!=)/).slice(0, -1);
    if (!/^lambda\b/.test(text)) { for (const target of targets) bindAll(target); }
  }
}

/** Splits where `separator`, of one character, matches outside brackets. */
function splitOutsideBrackets(text: string, separator: RegExp): string[] {
  const separators = new Set(
    [...text.matchAll(new RegExp(separator, "g"))].map(({ index }) => index),
  );
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if ("([{".includes(text[at])) depth++;
    else if (")]}".includes(text[at])) depth--;
    else if (depth === 0 && separators.has(at)) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}
