/** Typed values out of a YAML tree: what is asked for, or a problem that says what is there instead. */

import { UsageError } from "@/base/errors.ts";
import { closest } from "@/base/text.ts";
import type { Environment } from "./environment.ts";
import type { Position, Problem } from "./problem.ts";
import type { YamlEntry, YamlNode } from "./yaml_tree.ts";

/** The keys of a map: each with how to read its value into the part of `T` that it sets. */
export type Keys<T> = Readonly<
  Record<string, (value: YamlNode, reader: YamlReader) => Partial<T>>
>;

/** Takes values out of nodes. What is wrong with them, it collects. */
export class YamlReader {
  readonly problems: Problem[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  problem(at: Position, message: string, { hint }: { hint?: string | undefined } = {}): void {
    this.problems.push({ ...at, message, ...(hint !== undefined && { hint }) });
  }

  /** `{[key]: value}`, or nothing where there is no value. */
  optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
    return value === undefined ? {} : { [key]: value } as { [key in K]?: V };
  }

  /** The entries of a map; none where nothing is written. */
  map(node: YamlNode, what: string): readonly YamlEntry[] {
    if (node.kind === "map") return node.entries;
    if (node.kind === "list" || node.value !== null) {
      this.problem(node.at, `${what} must be keys and values, not ${describe(node)}`, {
        hint: "Is a colon missing?",
      });
    }
    return [];
  }

  /** The items of a list; none where nothing is written. */
  list(node: YamlNode, what: string): readonly YamlNode[] {
    if (node.kind === "list") return node.items;
    if (node.kind === "map" || node.value !== null) {
      this.problem(node.at, `${what} must be a list, not ${describe(node)}`, {
        hint: "Each item is a line that begins with a dash: - NAME.",
      });
    }
    return [];
  }

  /** The values of a map whose keys are known. */
  keys<T>(node: YamlNode, what: string, known: Keys<T>): Partial<T> {
    const values: Partial<T> = {};
    for (const { key, at, value } of this.map(node, what)) {
      if (Object.hasOwn(known, key)) {
        Object.assign(values, known[key](value, this));
        continue;
      }
      const names = Object.keys(known);
      const near = closest(key.toLowerCase().replaceAll("_", "-"), names);
      this.problem(at, `unknown key "${key}" in ${what}`, {
        hint: near ? `Did you mean "${near}"?` : `There are ${names.join(", ")}.`,
      });
    }
    return values;
  }

  /** A text; a number or a date is what was written. */
  string(node: YamlNode): string | undefined {
    if (node.kind === "scalar" && typeof node.value === "string") return node.value;
    if (node.kind === "scalar" && node.value !== null && typeof node.value !== "boolean") {
      return node.text;
    }
    this.problem(node.at, `this must be a text, not ${describe(node)}`, {
      hint: node.kind === "scalar" && node.value !== null ? `Write "${node.text}".` : undefined,
    });
  }

  /** A text or a list of texts. */
  strings(node: YamlNode): string[] | undefined {
    const items = node.kind === "list" ? node.items : [node];
    const texts = items.map((item) => this.string(item));
    return texts.every((text) => text !== undefined) ? texts : undefined;
  }

  /** A whole number from `min` to `max`; hexadecimal as `0x3c` as well. */
  integer(
    node: YamlNode,
    { min, max }: { readonly min: number; readonly max: number },
  ): number | undefined {
    const value = node.kind === "scalar" ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
      return value;
    }
    const range = `a whole number from ${min} to ${max}`;
    this.problem(node.at, `this must be ${range}, not ${describe(node)}`);
  }

  boolean(node: YamlNode): boolean | undefined {
    if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
    this.problem(node.at, `this must be true or false, not ${describe(node)}`);
  }

  expand(text: string, at: Position): string | undefined {
    return this.#attempt(at, () => this.#environment.expand(text));
  }

  hostPath(text: string, at: Position): string | undefined {
    return this.#attempt(at, () => this.#environment.path(text));
  }

  #attempt(at: Position, work: () => string): string | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.problem(at, error.message.replace(/\.$/, ""));
    }
  }
}

function describe(node: YamlNode): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "keys and values" : "a list";
  return node.value === null ? "nothing" : `"${node.text}"`;
}
