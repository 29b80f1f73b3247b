/**
 * YAML as a plain tree in which each node knows where it stands, so that what is wrong with a value
 * can be said by file, line and column.
 */

import type { Position, Problem } from "./problem.ts";

/** A value in a YAML file. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

/** A single value. */
export interface YamlScalar {
  readonly kind: "scalar";
  readonly at: Position;
  /** A string, number, boolean, or null where nothing is written. */
  readonly value: unknown;
  /** The text as written: a UID of digits only is no number to us. */
  readonly text: string;
}

/** `- a`, or `[a]`. */
export interface YamlList {
  readonly kind: "list";
  readonly at: Position;
  readonly items: readonly YamlNode[];
}

/** `key: value`, or `{key: value}`. */
export interface YamlMap {
  readonly kind: "map";
  readonly at: Position;
  readonly entries: readonly YamlEntry[];
}

/** One key of a {@linkcode YamlMap}. */
export interface YamlEntry {
  /** The key's text as written. */
  readonly key: string;
  /** Where the key is. */
  readonly at: Position;
  readonly value: YamlNode;
}

/** What came of reading a text. */
export interface YamlFile {
  /** The document; a null where the file is empty or cannot be read at all. */
  readonly root: YamlNode;
  readonly problems: readonly Problem[];
}

/** Beyond this a file is no configuration that a person wrote. Keeps aliases from multiplying. */
const MAX_NODES = 20_000;

/** What to do about errors whose name in the library says it all. */
const HINTS: Readonly<Record<string, string>> = {
  BAD_INDENT: "Keys that belong together start in the same column.",
  BAD_SCALAR_START: 'Put quotes around a text that begins like this: "…".',
  MISSING_CHAR: "Is a colon, a quote or a bracket missing?",
  MULTIPLE_DOCS: "Remove the line ---.",
  TAB_AS_INDENT: "Indent with spaces; YAML allows no tabs there.",
};

/**
 * Reads `text`, the content of `file`. Anything that YAML's rules forbid is a problem, and so is a
 * key that is there twice; what can be read is in the tree nevertheless.
 */
export async function parseYaml(text: string, file: string): Promise<YamlFile> {
  const whole = { file, line: 0, column: 0 };
  const none: YamlScalar = { kind: "scalar", at: whole, value: null, text: "" };
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  try {
    const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const problems = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      const hint = HINTS[error.code];
      const at = { file, line, column: col };
      return { ...at, message: describe(error), ...(hint !== undefined && { hint }) };
    });
    const tree = new Tree({ yaml, document, lines, file });
    const root = document.contents === null ? none : tree.read(document.contents);
    return { root, problems: [...problems, ...tree.problems] };
  } catch (error) {
    // The parser calls itself for each level, and so do we.
    if (!(error instanceof RangeError)) throw error;
    return {
      root: none,
      problems: [{ ...whole, message: "it is nested too deeply or too large" }],
    };
  }
}

function describe({ code, message }: { code: string; message: string }): string {
  if (code === "DUPLICATE_KEY") return "this key is there twice";
  return message.split("\n")[0].replace(/[.:]$/, "").replace(
    /^[A-Z](?=[a-z])/,
    (letter) => letter.toLowerCase(),
  );
}

type Library = typeof import("yaml");
type Document = ReturnType<Library["parseDocument"]>;

interface TreeOptions {
  readonly yaml: Library;
  readonly document: Document;
  readonly lines: { linePos(offset: number): { line: number; col: number } };
  readonly file: string;
}

/** Turns the library's nodes into ours. */
class Tree {
  readonly problems: Problem[] = [];
  readonly #options: TreeOptions;
  /** Aliases of one file share it, so that each is looked up without walking the whole file. */
  readonly #anchors = new Map<string, unknown>();
  /** Nodes that are being read: an alias to one of these would never end. */
  readonly #open = new Set<unknown>();
  #nodes = 0;

  constructor(options: TreeOptions) {
    this.#options = options;
  }

  read(node: unknown, fallback?: Position): YamlNode {
    if (++this.#nodes > MAX_NODES) throw new RangeError("too many nodes");
    const { yaml } = this.#options;
    const at = this.#position(node) ?? fallback ?? this.#start();
    if (yaml.isAlias(node)) return this.#readAlias(node.source, at);
    if (yaml.isNode(node) && "anchor" in node && node.anchor) this.#anchors.set(node.anchor, node);
    if (this.#open.has(node)) return this.#refuse("this alias stands for a part of itself", at);
    this.#open.add(node);
    try {
      if (yaml.isMap(node)) return { kind: "map", at, entries: this.#entries(node.items, at) };
      if (yaml.isSeq(node)) {
        return { kind: "list", at, items: node.items.map((item) => this.read(item, at)) };
      }
      if (yaml.isScalar(node)) {
        return { kind: "scalar", at, value: node.value, text: node.source ?? "" };
      }
      return { kind: "scalar", at, value: null, text: "" };
    } finally {
      this.#open.delete(node);
    }
  }

  #readAlias(name: string, at: Position): YamlNode {
    const target = this.#anchors.get(name);
    if (target === undefined) return this.#refuse(`nothing above is called &${name}`, at);
    return this.read(target, at);
  }

  #entries(pairs: readonly { key: unknown; value: unknown }[], around: Position): YamlEntry[] {
    const seen = new Set<string>();
    const entries: YamlEntry[] = [];
    for (const pair of pairs) {
      const key = this.read(pair.key, around);
      if (key.kind !== "scalar") {
        this.#refuse("a key must be a plain text", key.at);
        continue;
      }
      const text = key.text || String(key.value ?? "");
      // The document's errors have it; the first one counts.
      if (!seen.has(text)) {
        entries.push({ key: text, at: key.at, value: this.read(pair.value, key.at) });
      }
      seen.add(text);
    }
    return entries;
  }

  #refuse(message: string, at: Position): YamlScalar {
    this.problems.push({ ...at, message });
    return { kind: "scalar", at, value: null, text: "" };
  }

  #position(node: unknown): Position | undefined {
    const { yaml, lines, file } = this.#options;
    const range = yaml.isNode(node) ? node.range : undefined;
    if (!range) return undefined;
    const { line, col } = lines.linePos(range[0]);
    return { file, line, column: col };
  }

  #start(): Position {
    return { file: this.#options.file, line: 1, column: 1 };
  }
}
