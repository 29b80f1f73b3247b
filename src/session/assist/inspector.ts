/** What is known about a name: its type, value, signature, source, and what it has. */

import type { MimeBundle } from "@/base/mime.ts";
import { helpOf } from "@/commands/arguments.ts";
import type { CellMagic, Command } from "@/commands/command.ts";
import type { Names, ObjectPath } from "@/device/names/names.ts";
import { linesOf } from "../cell.ts";
import { PythonLines } from "../python_lines.ts";
import { HARMLESS_MODULES, isName } from "./builtin_names.ts";
import { type Definition, LAMBDA } from "./cell_names.ts";
import { loadedModule } from "./completer.ts";
import { pathOf } from "./cursor.ts";
import type { Knowledge } from "./knowledge.ts";
import { declaredMagic } from "./magic_words.ts";
import type { Notes } from "./notes.ts";

/** What describing a name needs. */
export interface InspectorOptions {
  readonly commands: readonly Command[];
  readonly cellMagics: readonly CellMagic[];
  readonly knowledge: Knowledge;
  readonly notes: Notes;
  /** Whether the source is shown as well, and all that an object has. */
  readonly detail: boolean;
  /** Whether an object's own `__repr__` may run. */
  readonly show: boolean;
}

/** Labels stand out as in IPython. */
const LABEL = "\x1b[0;31m";
const PLAIN = "\x1b[0m";

/** What is known about `name`, dotted or a magic with its signs; undefined when nothing is. */
export async function describe(
  name: string,
  options: InspectorOptions,
): Promise<MimeBundle | undefined> {
  const text = name.startsWith("%")
    ? await describeMagic(name, options)
    : await describePython(pathOf(name) ?? [], options);
  return text === undefined ? undefined : { "text/plain": text };
}

async function describeMagic(
  name: string,
  options: InspectorOptions,
): Promise<string | undefined> {
  const isCell = name.startsWith("%%");
  const declared = declaredMagic(name.replace(/^%+/, ""), { ...options, isCell });
  return declared && (await helpOf(declared)).trimEnd();
}

async function describePython(
  path: readonly string[],
  options: InspectorOptions,
): Promise<string | undefined> {
  const { knowledge, notes, detail, show } = options;
  const [root, ...attributes] = path;
  if (root === undefined) return undefined;
  // As in IPython, there is no object of that name; a board would call the question no Python.
  if (!path.every(isName)) return undefined;
  let object: ObjectPath = { root, attributes };
  let seen = await knowledge.describe(object, { show });
  if (seen === undefined && HARMLESS_MODULES.has(root)) {
    object = { ...loadedModule(root), attributes };
    seen = await knowledge.describe(object, { show });
  }
  let definition = notes.definitionOf(path);
  let isBound = false;
  if (definition === undefined && seen?.kind === "function" && attributes.length > 0) {
    const owner = await knowledge.describe({ root, attributes: attributes.slice(0, -1) }, {
      show: false,
    });
    definition = owner && notes.definitionOf([owner.type, attributes.at(-1)!]);
    isBound = definition !== undefined && !/^\s*@staticmethod\b/.test(definition.source);
  }
  // Something else has the name now, whatever a cell once defined.
  if (definition && seen && seen.kind !== definition.kind) definition = undefined;
  if (seen === undefined && definition === undefined) {
    return attributes.length > 0 ? await describeUnread(object, options) : undefined;
  }

  const ofType = seen && notes.definitionOf([seen.type]);
  const wanted = detail || seen?.kind === "module" || seen?.kind === "class" ||
    seen?.value === undefined && seen?.kind === "instance";
  const has = seen && wanted ? await knowledge.attributes(object) : undefined;
  const signature = definition && signatureOf(definition, { notes, isBound });
  const source = definition ?? (seen?.kind === "instance" ? ofType : undefined);
  const sections: [label: string, text: string | undefined][] = [
    ["Signature", signature],
    ["Type", seen?.type ?? (definition!.kind === "class" ? "type" : "function")],
    ["Value", seen?.kind === "instance" ? seen.value : undefined],
    ["Docstring", source && docstringOf(source)],
    ["Has", has && listing(has)],
    ["Source", detail || isShort(definition) ? source?.source : undefined],
  ];
  return sections.flatMap(([label, text]) => text ? [section(label, text)] : []).join("\n");
}

/** What can be said of an attribute whose value is not known without running code. */
async function describeUnread(
  { root, attributes }: ObjectPath,
  { knowledge }: InspectorOptions,
): Promise<string | undefined> {
  const owner = { root, attributes: attributes.slice(0, -1) };
  const kind = (await knowledge.attributes(owner))?.get(attributes.at(-1)!);
  return kind === "property" ? section("Type", "property, which is not read here") : undefined;
}

function section(label: string, text: string): string {
  if (text.includes("\n") || label === "Source") return `${LABEL}${label}:${PLAIN}\n${text}`;
  return `${LABEL}${`${label}:`.padEnd(11)}${PLAIN}${text}`;
}

/** Names by kind, a line each. */
function listing(names: Names): string {
  const byKind = Map.groupBy(
    [...names].filter(([name]) => !name.startsWith("_")).toSorted(),
    ([, kind]) => kind,
  );
  return [...byKind].toSorted()
    .map(([kind, rows]) => `  ${kind}: ${rows.map(([name]) => name).join(", ")}`)
    .join("\n");
}

/** Of what is defined in so few lines the source is shown unasked: Shift-Tab never asks for it. */
const SHORT_LINES = 25;

function isShort(definition: Definition | undefined): boolean {
  return definition !== undefined && linesOf(definition.source).length <= SHORT_LINES;
}

/** E.g. `read(self, count=1)`, without `self` where that is bound; for a class, how it is called. */
function signatureOf(
  definition: Definition,
  { notes, isBound }: { readonly notes: Notes; readonly isBound: boolean },
): string {
  const { name, kind, inside } = definition;
  const lambda = kind === "function" && lambdaParameters(definition);
  if (lambda !== false && lambda !== undefined) return `${name}(${lambda})`;
  if (kind === "function") {
    const header = headerOf(definition).replace(/^(?:async\s+)?def\s+/, "");
    return isBound ? header.replace(FIRST_PARAMETER, "$1") : header;
  }
  const init = notes.definitionOf([...inside, name, "__init__"]);
  if (init === undefined) return `${name}()`;
  const header = headerOf(init).replace(/^(?:async\s+)?def\s+__init__\s*/, name);
  return header.replace(FIRST_PARAMETER, "$1");
}

const FIRST_PARAMETER = /^([^(]*\(\s*)[\p{L}_][\p{L}\p{N}_]*\s*(?:,\s*|(?=\)))/u;

/** What stands between `lambda` and its colon, where that is all that a definition is. */
function lambdaParameters({ source }: Definition): string | undefined {
  const begin = LAMBDA.exec(source)?.[0];
  if (begin === undefined) return undefined;
  const scanner = new PythonLines();
  const [line] = linesOf(source);
  scanner.read(line, { whole: false });
  let depth = 0;
  for (let at = begin.length; at < line.length; at++) {
    const char = scanner.code[at];
    if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth--;
    else if (char === ":" && depth === 0) return line.slice(begin.length, at).trim();
  }
  return undefined;
}

/** The lines of a definition from its `def` on as one, without comments. */
function headerOf(definition: Definition): string {
  const scanner = new PythonLines();
  return linesOf(definition.source).slice(0, 1 + headerLines(definition))
    .map((line) => {
      scanner.read(line);
      return line.slice(0, scanner.code.trimEnd().length);
    }).join("\n")
    .replace(/^(?:\s*@.*\n)*\s*/, "")
    .split("\n").map((line) => line.trim()).join(" ")
    .replace(/(?::\s*|(?<=\)\s*(?:->[^:]*)?):.*)$/, "");
}

/** The index of the last line of a definition's header in its source. */
function headerLines({ source, kind }: Definition): number {
  const scanner = new PythonLines();
  let seen = false;
  for (const [index, line] of linesOf(source).entries()) {
    if (scanner.atStart) {
      const begins = kind === "class" ? /^\s*class\b/ : /^\s*(?:async\s+)?def\b/;
      seen ||= begins.test(line);
    }
    scanner.read(line);
    if (seen && scanner.atStart) return index;
  }
  return 0;
}

/** The string that a definition's body begins with, without the indentation that its lines share. */
function docstringOf(definition: Definition): string | undefined {
  const body = linesOf(definition.source).slice(1 + headerLines(definition)).join("\n");
  const text = /^(?:\s*(?:#.*)?\n)*\s*[rRuU]?("""|'''|"|')([\s\S]*?)\1/.exec(body)?.[2];
  if (text === undefined) return undefined;
  const [first, ...rest] = linesOf(text);
  const indents = rest.filter((line) => line.trim() !== "").map((line) =>
    /^\s*/.exec(line)![0].length
  );
  const indent = indents.length === 0 ? 0 : Math.min(...indents);
  return [first.trim(), ...rest.map((line) => line.slice(indent))].join("\n").trim();
}
