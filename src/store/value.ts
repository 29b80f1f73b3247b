/**
 * Values of Python that cross between boards and this computer, and what types they have. Numbers
 * keep their kind: an int is a bigint, a float is a number.
 */

import { CannotCross } from "./cannot_cross.ts";
import { reprOf } from "./python_repr.ts";

/** A value of Python. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | ComplexNumber
  | Bytes
  | NumberArray
  | Items
  | Dictionary;

export interface ComplexNumber {
  readonly kind: "complex";
  readonly real: number;
  readonly imaginary: number;
}

export interface Bytes {
  readonly kind: "bytes" | "bytearray";
  readonly data: Uint8Array;
}

/** Python's `array.array`: numbers for the typecodes `f` and `d`, bigints for all others. */
export interface NumberArray {
  readonly kind: "array";
  readonly typecode: string;
  readonly items: readonly (bigint | number)[];
}

/** What holds values in a row, or as a set. */
export interface Items {
  readonly kind: "list" | "tuple" | "set" | "frozenset";
  readonly items: readonly Value[];
}

/** A dict, in its order. */
export interface Dictionary {
  readonly kind: "dict";
  readonly entries: readonly (readonly [Value, Value])[];
}

/** What is no {@linkcode Value}: an object of a class, a function, a module. */
export interface Foreign {
  readonly kind: "foreign";
  /** Its type's name, e.g. `Pin` or `numpy.ndarray`. */
  readonly type: string;
}

/**
 * Deeper ones do not cross: going through a value takes stack here, and on a board memory for each
 * level. Python's own pickle gives up at some hundred.
 */
export const MAX_DEPTH = 100;

/** A value of more parts is too large for any board; shared ones may be small where they come from. */
export const MAX_PARTS = 1_000_000;

/**
 * The typecodes of `array` that both Pythons know, with the size of an item in bytes: on a board for
 * `l` and `L`, which are 8 bytes on this computer. Source: MicroPython docs, library/array.
 */
export const TYPECODES: Readonly<Record<string, { readonly bytes: number }>> = {
  b: { bytes: 1 },
  B: { bytes: 1 },
  h: { bytes: 2 },
  H: { bytes: 2 },
  i: { bytes: 4 },
  I: { bytes: 4 },
  l: { bytes: 4 },
  L: { bytes: 4 },
  q: { bytes: 8 },
  Q: { bytes: 8 },
  f: { bytes: 4 },
  d: { bytes: 8 },
};

/** Whether both Pythons know arrays of this type. A pickle may name anything, `constructor` too. */
export function isTypecode(typecode: string): boolean {
  return Object.hasOwn(TYPECODES, typecode);
}

/** Whether an array's items are floats. */
export function holdsFloats(typecode: string): boolean {
  return typecode === "f" || typecode === "d";
}

/** The name of a value's type in Python, e.g. `NoneType`. */
export function typeName(value: Value | Foreign): string {
  if (value === null) return "NoneType";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float";
    case "string":
      return "str";
  }
  return value.kind === "foreign" ? value.type : value.kind;
}

/** Where in a variable something stands. */
export interface Place {
  readonly within: Place | undefined;
  /** An index, or a key of a dict. */
  readonly step: { readonly index: number } | { readonly key: Value } | "key" | "item";
}

/** `config["pins"][2]`; `sizes (a key)`. */
export function describePlace(name: string, place: Place | undefined): string {
  if (place === undefined) return name;
  const outer = describePlace(name, place.within);
  const { step } = place;
  if (step === "key") return `${outer} (a key)`;
  if (step === "item") return `${outer} (an item of the set)`;
  // JSON's way to write text is what most people type.
  const key = "index" in step
    ? String(step.index)
    : typeof step.key === "string" && step.key.length <= 40
    ? JSON.stringify(step.key)
    : reprOf(step.key, 40);
  return `${outer}[${key}]`;
}

/** What is wrong with a value, as {@linkcode CannotCross} says it. */
export type Verb = "store" | "restore";

/**
 * Returns `value` if all of it crosses.
 *
 * @throws {CannotCross} when a part is foreign, holds itself, or is nested too deep; when a key of a
 * dict is none that Python takes; or when it is too large.
 */
export function checkValue(
  value: Value | Foreign,
  { name, verb }: { readonly name: string; readonly verb: Verb },
): Value {
  const open = new Set<object>();
  let parts = 0;
  const refuse = (place: Place | undefined, reason: string): never => {
    throw new CannotCross({ verb, part: describePlace(name, place), reason });
  };
  const check = (value: Value | Foreign, place: Place | undefined, hashable: boolean): void => {
    if (++parts > MAX_PARTS) {
      refuse(undefined, `it has more than ${MAX_PARTS} parts, which is more than a board holds.`);
    }
    if (typeof value === "string" && !value.isWellFormed()) {
      refuse(place, "its text holds a lone surrogate, which boards do not have.");
    }
    if (typeof value !== "object" || value === null) return;
    if (value.kind === "foreign") refuse(place, foreignReason(value.type));
    if (hashable && !HASHABLE.has(value.kind)) {
      refuse(place, `${withArticle(value.kind)} is not hashable.`);
    }
    if (value.kind === "array" && !isTypecode(value.typecode)) {
      refuse(place, `boards have no array of type '${value.typecode}'.`);
    }
    if (!("items" in value || "entries" in value) || value.kind === "array") return;
    if (open.has(value)) refuse(place, "it contains itself.");
    if (open.size >= MAX_DEPTH) refuse(undefined, `it is nested deeper than ${MAX_DEPTH} levels.`);
    open.add(value);
    if (value.kind === "dict") {
      for (const [key, item] of value.entries) {
        check(key, { within: place, step: "key" }, true);
        check(item, { within: place, step: { key } }, false);
      }
    } else if (value.kind === "list" || value.kind === "tuple") {
      for (const [index, item] of value.items.entries()) {
        check(item, { within: place, step: { index } }, hashable);
      }
    } else {
      for (const item of value.items) check(item, { within: place, step: "item" }, true);
    }
    open.delete(value);
  };
  check(value, undefined, false);
  return value as Value;
}

/** Why an object of `type` does not cross, and what to do instead. */
export function foreignReason(type: string): string {
  const reason = `${withArticle(type)} does not cross between board and host.`;
  return type.startsWith("numpy.") ? `${reason} Store its .tolist() instead.` : reason;
}

/** The kinds that may be a key, if what they hold may. */
const HASHABLE: ReadonlySet<string> = new Set(["complex", "bytes", "tuple", "frozenset"]);

function withArticle(type: string): string {
  return `${/^[aeiou]/i.test(type) ? "an" : "a"} ${type}`;
}
