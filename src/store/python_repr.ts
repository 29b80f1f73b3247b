/** Values as Python shows them: what `repr()` says, cut off where it gets long. */

import type { Foreign, Value } from "./value.ts";

/** The first `limit` characters of `repr(value)`. */
export function reprOf(value: Value | Foreign, limit = Infinity): string {
  let text = "";
  for (const piece of pieces(value, new Set())) {
    text += piece;
    if (text.length >= limit) return text.slice(0, limit);
  }
  return text;
}

function* pieces(value: Value | Foreign, open: Set<object>): Generator<string> {
  if (value === null) return yield "None";
  if (typeof value === "boolean") return yield value ? "True" : "False";
  if (typeof value === "bigint") return yield bigintText(value);
  if (typeof value === "number") return yield reprOfFloat(value);
  if (typeof value === "string") return yield* quoted(value);
  switch (value.kind) {
    case "foreign":
      return yield `<${value.type}>`;
    case "complex":
      return yield reprOfComplex(value.real, value.imaginary);
    case "bytes":
      return yield* quotedBytes(value.data);
    case "bytearray":
      yield "bytearray(";
      yield* quotedBytes(value.data);
      return yield ")";
    case "array":
      yield `array('${value.typecode}'`;
      if (value.items.length > 0) {
        yield ", ";
        yield* row("[", value.items, "]", open);
      }
      return yield ")";
  }
  if (open.has(value)) return yield "...";
  open.add(value);
  switch (value.kind) {
    case "list":
      yield* row("[", value.items, "]", open);
      break;
    case "tuple":
      yield* row("(", value.items, value.items.length === 1 ? ",)" : ")", open);
      break;
    case "set":
      if (value.items.length === 0) yield "set()";
      else yield* row("{", value.items, "}", open);
      break;
    case "frozenset":
      if (value.items.length === 0) yield "frozenset()";
      else yield* row("frozenset({", value.items, "})", open);
      break;
    case "dict": {
      let separator = "{";
      for (const [key, item] of value.entries) {
        yield separator;
        yield* pieces(key, open);
        yield ": ";
        yield* pieces(item, open);
        separator = ", ";
      }
      yield value.entries.length === 0 ? "{}" : "}";
    }
  }
  open.delete(value);
}

function* row(
  begin: string,
  items: readonly Value[],
  end: string,
  open: Set<object>,
): Generator<string> {
  yield begin;
  for (const [index, item] of items.entries()) {
    if (index > 0) yield ", ";
    yield* pieces(item, open);
  }
  yield end;
}

/** Writing a number of a million digits takes long, and nobody reads it. */
const MAX_SHOWN_BITS = 20_000;

function bigintText(value: bigint): string {
  const hex = value.toString(16); // linear in its length, unlike decimal digits
  return hex.length * 4 > MAX_SHOWN_BITS ? `<int of ${hex.length * 4} bits>` : String(value);
}

/** As Python writes a float: the shortest digits that are read back as the same number. */
export function reprOfFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits, exponent] = value.toExponential().split("e");
    const [, sign, number] = /^([+-])(\d+)$/.exec(exponent)!;
    return `${digits}e${sign}${number.padStart(2, "0")}`;
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

function reprOfComplex(real: number, imaginary: number): string {
  const part = (value: number) => reprOfFloat(value).replace(/\.0$/, "");
  if (Object.is(real, 0)) return `${part(imaginary)}j`;
  const second = part(imaginary);
  return `(${part(real)}${second.startsWith("-") ? "" : "+"}${second}j)`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function* quoted(text: string): Generator<string> {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  yield quote;
  for (const char of text) {
    if (char === quote) yield `\\${quote}`;
    else if (/\p{C}|[\u2028\u2029]/u.test(char) || ESCAPES[char]) {
      yield ESCAPES[char] ?? escape(char.codePointAt(0)!);
    } else yield char;
  }
  yield quote;
}

function escape(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${hex.padStart(4, "0")}`;
  return `\\U${hex.padStart(8, "0")}`;
}

function* quotedBytes(data: Uint8Array): Generator<string> {
  const quote = data.includes(0x27) && !data.includes(0x22) ? '"' : "'";
  yield `b${quote}`;
  for (const byte of data) {
    const char = String.fromCharCode(byte);
    if (char === quote) yield `\\${quote}`;
    else if (byte >= 0x20 && byte < 0x7f && char !== "\\") yield char;
    else yield ESCAPES[char] ?? escape(byte);
  }
  yield quote;
}

/** The literal `b'…'` of `data`, all of it in printable ASCII. */
export function bytesLiteral(data: Uint8Array): string {
  return [...quotedBytes(data)].join("");
}
