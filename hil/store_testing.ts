/** Values of Python made at random, and what "equal" means for them. For tests. */

import fc from "fast-check";
import { reprOf } from "@/store/python_repr.ts";
import { TYPECODES, type Value } from "@/store/value.ts";

/** What a kind of board makes of values. */
export interface BoardKind {
  /** A float as the board keeps it. */
  readonly round: (value: number) => number;
  readonly hasComplex: boolean;
  /** Whether a float can be a key beside others: MicroPython 1.9 cannot compare it with bytes. */
  readonly hasFloatKeys: boolean;
  /** How many parts a list or such has at most. */
  readonly maxParts: number;
}

/** A board whose floats are as this computer's. */
export const DOUBLE_BOARD: BoardKind = {
  round: (value) => value,
  hasComplex: true,
  hasFloatKeys: true,
  maxParts: 6,
};

/**
 * The micro:bit: a float has 30 bits, the last two of 32 are cut off. Source: MicroPython,
 * py/obj.h, MICROPY_OBJ_REPR_C.
 */
export const MICROBIT: BoardKind = {
  round: roundTo30Bits,
  hasComplex: false,
  hasFloatKeys: false,
  maxParts: 3,
};

function roundTo30Bits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  if (Number.isNaN(value)) return value;
  view.setUint32(0, view.getUint32(0) & ~3);
  return view.getFloat32(0);
}

/** Values that cross to a board of `kind`. */
export function valueArbitrary(
  { round, hasComplex, hasFloatKeys, maxParts }: BoardKind,
): fc.Arbitrary<Value> {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 * maxParts }),
    fc.string({
      unit: fc.constantFrom("'", '"', "\\", "\0", "\x04", "\n", "\r", "\x03", "é", "😀"),
      maxLength: 20,
    }),
  );
  const int = fc.oneof(
    fc.bigInt({ min: -40n, max: 40n }),
    fc.bigInt({ min: -(2n ** 33n), max: 2n ** 33n }),
    fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  );
  const data = fc.uint8Array({ maxLength: 20 * maxParts });
  const bytes = fc.record({ kind: fc.constant("bytes" as const), data });
  const simple: fc.Arbitrary<Value>[] = [
    fc.constant(null),
    fc.boolean(),
    int,
    fc.double(),
    fc.constantFrom(0.1, -0, 1e300, 5e-324, 16_777_217, NaN, Infinity, -Infinity),
    text,
    bytes,
  ];
  const complex = fc.record({
    kind: fc.constant("complex" as const),
    real: fc.double({ noNaN: true }),
    imaginary: fc.double({ noNaN: true }),
  });
  if (hasComplex) simple.push(complex);
  // A float that equals an int is the same key: these stay where that is easy to see.
  const keyFloat = fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map(round);
  const keys: fc.Arbitrary<Value>[] = [fc.constant(null), fc.boolean(), int, text, bytes];
  if (hasFloatKeys) keys.push(keyFloat);
  return fc.letrec<{ value: Value; key: Value }>((tie) => ({
    key: fc.oneof(
      { maxDepth: 2, depthIdentifier: "key" },
      fc.oneof(...keys),
      itemsOf("tuple", fc.array(tie("key"), { maxLength: 3 })),
      itemsOf("frozenset", distinct(tie("key"), 3)),
    ),
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small", withCrossShrink: true },
      fc.oneof(...simple, fc.record({ kind: fc.constant("bytearray" as const), data }), arrays()),
      itemsOf("list", fc.array(tie("value"), { maxLength: maxParts })),
      itemsOf("tuple", fc.array(tie("value"), { maxLength: maxParts })),
      itemsOf("set", distinct(tie("key"), maxParts)),
      itemsOf("frozenset", distinct(tie("key"), maxParts)),
      fc.uniqueArray(fc.tuple(tie("key"), tie("value")), {
        maxLength: maxParts,
        selector: ([key]) => keyText(key),
      }).map((entries): Value => ({ kind: "dict", entries })),
    ),
  })).value;
}

function itemsOf(
  kind: "list" | "tuple" | "set" | "frozenset",
  items: fc.Arbitrary<readonly Value[]>,
): fc.Arbitrary<Value> {
  return items.map((items) => ({ kind, items }));
}

function distinct(keys: fc.Arbitrary<Value>, maxLength: number): fc.Arbitrary<Value[]> {
  return fc.uniqueArray(keys, { maxLength, selector: keyText });
}

function arrays(): fc.Arbitrary<Value> {
  return fc.constantFrom(...Object.keys(TYPECODES)).chain((typecode) => {
    const bits = BigInt(8 * TYPECODES[typecode].bytes);
    const isSigned = typecode === typecode.toLowerCase();
    const item: fc.Arbitrary<bigint | number> = typecode === "f"
      ? fc.float()
      : typecode === "d"
      ? fc.double()
      : isSigned
      ? fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n })
      : fc.bigInt({ min: 0n, max: 2n ** bits - 1n });
    return fc.array(item, { maxLength: 8 })
      .map((items) => ({ kind: "array" as const, typecode, items }));
  });
}

/** The same text for keys that Python takes for equal, as `1`, `1.0` and `True`. */
function keyText(key: Value): string {
  if (typeof key === "boolean" || typeof key === "number") {
    return Number.isInteger(Number(key)) ? `n${BigInt(Number(key))}` : `n${key}`;
  }
  if (typeof key === "bigint") return `n${key}`;
  if (typeof key === "object" && key !== null && "items" in key) {
    const texts = (key.items as readonly Value[]).map(keyText);
    return `${key.kind}(${key.kind === "tuple" ? texts : texts.sort()})`;
  }
  return reprOf(key);
}

/**
 * A text that is the same for values that are equal, types and all, floats as `kind` keeps them,
 * whatever the order of dictionaries and sets.
 */
export function canonical(value: Value, kind: BoardKind): string {
  const of = (value: Value): string => canonical(value, kind);
  if (typeof value === "number") return reprOf(kind.round(value));
  if (typeof value !== "object" || value === null) return reprOf(value);
  switch (value.kind) {
    case "dict":
      return `{${value.entries.map(([key, item]) => `${of(key)}: ${of(item)}`).sort()}}`;
    case "set":
    case "frozenset":
      return `${value.kind}(${value.items.map(of).sort()})`;
    case "list":
    case "tuple":
      return `${value.kind}(${value.items.map(of)})`;
    case "complex":
      return `complex(${of(value.real)}, ${of(value.imaginary)})`;
    default:
      return reprOf(value);
  }
}
