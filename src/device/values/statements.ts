/**
 * Python that builds a value on a board, as statements of a few hundred bytes at most: none of them
 * needs more memory than the value itself will, and no string of the user's stands in them as it is.
 * They work on a stack, the list `_iot_v`. Pure.
 */

import { encode } from "@/base/bytes.ts";
import { bytesLiteral } from "@/store/python_repr.ts";
import { holdsFloats, TYPECODES, type Value } from "@/store/value.ts";

/** The stack. */
export const STACK = "_iot_v";

/** Names on the board besides the stack, and what they are; defined where they are needed. */
export const HELPERS: Readonly<Record<string, string>> = {
  // Boards do not read all decimal digits to the nearest float; these are its bits.
  _iot_f: 'lambda b:__import__("struct").unpack("<d",b[:8])[0]',
  _iot_a: '__import__("array").array',
  _iot_u: 'lambda b:str(b,"utf8")',
};

/** Those of {@linkcode HELPERS} that `code` mentions. */
export function helpersIn(code: string): string[] {
  return Object.keys(HELPERS).filter((name) => code.includes(`${name}(`));
}

/** Levels of brackets in an expression: a micro:bit's stack has no room for more. */
const MAX_BRACKETS = 4;

/**
 * `value` as an expression.
 *
 * @returns undefined when it takes more than `limit` bytes or too many brackets
 */
export function expressionFor(value: Value, limit: number): string | undefined {
  const text = express(value, limit, MAX_BRACKETS);
  return text !== undefined && text.length <= limit ? text : undefined;
}

function express(value: Value, limit: number, brackets: number): string | undefined {
  if (limit < 0 || brackets < 0) return undefined;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return intLiteral(value, limit);
  if (typeof value === "number") return floatLiteral(value);
  if (typeof value === "string") {
    return value.length > limit ? undefined : within(limit, textExpression(value));
  }
  switch (value.kind) {
    case "complex":
      return `complex(${floatLiteral(value.real)},${floatLiteral(value.imaginary)})`;
    case "bytes":
    case "bytearray": {
      if (value.data.length > limit) return undefined;
      const data = bytesExpression(value.data);
      return within(limit, value.kind === "bytes" ? data : `bytearray(${data})`);
    }
    case "array":
      if (value.items.length > limit) return undefined;
      return within(limit, arrayExpression(value.typecode, value.items));
    case "dict": {
      const parts: string[] = [];
      let left = limit;
      for (const [key, item] of value.entries) {
        const one = express(key, left, brackets - 1);
        const other = express(item, left, brackets - 1);
        if (one === undefined || other === undefined) return undefined;
        parts.push(`${one}:${other}`);
        left -= one.length + other.length + 2;
        if (left < 0) return undefined;
      }
      return within(limit, `{${parts}}`);
    }
  }
  const items = expressAll(value.items, limit, brackets - 1);
  if (items === undefined) return undefined;
  switch (value.kind) {
    case "list":
      return within(limit, `[${items}]`);
    case "tuple":
      return within(limit, `(${items}${value.items.length === 1 ? "," : ""})`);
    case "set":
      return within(limit, value.items.length === 0 ? "set()" : `{${items}}`);
    case "frozenset":
      return within(limit, value.items.length === 0 ? "frozenset()" : `frozenset({${items}})`);
  }
}

function expressAll(
  values: readonly Value[],
  limit: number,
  brackets: number,
): string | undefined {
  let text = "";
  for (const value of values) {
    const part = express(value, limit - text.length, brackets);
    if (part === undefined || text.length > limit) return undefined;
    text += text === "" ? part : `,${part}`;
  }
  return text;
}

function within(limit: number, text: string): string | undefined {
  return text.length <= limit ? text : undefined;
}

function intLiteral(value: bigint, limit: number): string | undefined {
  const hex = value.toString(16); // linear in its length, unlike decimal digits
  if (hex.length + 3 > limit) return undefined;
  return hex.length < 16 ? String(value) : hex.replace(/^(-?)/, "$10x");
}

/** Whole numbers of a few digits are read without error everywhere. */
function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return 'float("nan")';
  if (!Number.isFinite(value)) return `float("${value < 0 ? "-" : ""}inf")`;
  if (value !== 0 && Number.isInteger(value * 2) && Math.abs(value) < 1e5) {
    return Number.isInteger(value) ? `${value}.0` : String(value);
  }
  return Object.is(value, 0) ? "0.0" : `_iot_f(${paddedLiteral(doubleBytes(value))})`;
}

function doubleBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

/**
 * MicroPython keeps the texts and bytes of programs for ever that are not longer than this
 * (py/parse.c, MICROPY_ALLOC_PARSE_INTERN_STRING_LEN), which would use up a small board's memory bit
 * by bit.
 */
const MAX_KEPT_BYTES = 10;

/** `data` in a literal that is long enough not to be kept: what follows it is to be cut off. */
function paddedLiteral(data: Uint8Array): string {
  const padded = new Uint8Array(Math.max(data.length, MAX_KEPT_BYTES + 1)).fill(PAD);
  padded.set(data);
  return literal(padded);
}

/** `data` as a literal, without three quotes in a row, which sealed code cannot hold. */
function literal(data: Uint8Array): string {
  return bytesLiteral(data).replaceAll("'''", "''\\x27");
}

const PAD = "-".charCodeAt(0);

function bytesExpression(data: Uint8Array): string {
  const isKept = data.length > 0 && data.length <= MAX_KEPT_BYTES;
  return isKept ? `${paddedLiteral(data)}[:${data.length}]` : literal(data);
}

/** Boards differ in what escapes they know for characters beyond ASCII; all decode UTF-8. */
function textExpression(text: string): string {
  if (text === "") return "''";
  const bytes = encode(text);
  const isPlain = bytes.length === text.length && bytes.length > MAX_KEPT_BYTES;
  return isPlain ? literal(bytes).slice(1) : `_iot_u(${bytesExpression(bytes)})`;
}

/**
 * Items of a known size go as their bytes. How long a `long` is, the board knows, so these go as
 * numbers.
 */
function arrayExpression(typecode: string, items: readonly (bigint | number)[]): string {
  if (items.length === 0) return `_iot_a("${typecode}")`;
  if (typecode === "l" || typecode === "L") return `_iot_a("${typecode}",[${items}])`;
  const { bytes: width } = TYPECODES[typecode];
  const bytes = new Uint8Array(items.length * width);
  const view = new DataView(bytes.buffer);
  items.forEach((item, index) => {
    const at = index * width;
    if (holdsFloats(typecode)) {
      if (width === 4) view.setFloat32(at, Number(item), true);
      else view.setFloat64(at, Number(item), true);
    } else {
      for (let i = 0; i < width; i++) {
        bytes[at + i] = Number(BigInt(item) >> BigInt(8 * i) & 0xffn);
      }
    }
  });
  return `_iot_a("${typecode}",${bytesExpression(bytes)})`;
}

/** Statements that leave `value` on the stack, each of about `limit` bytes at most. */
export function* statementsFor(value: Value, limit: number): Generator<string> {
  const whole = expressionFor(value, limit);
  if (whole !== undefined) return yield `${STACK}.append(${whole})`;
  if (typeof value === "bigint") return yield* buildInt(value, limit);
  if (typeof value === "string") {
    yield* buildBytes(encode(value), limit);
    return yield `${TOP}=_iot_u(${TOP})`;
  }
  // Numbers and such are always short enough for an expression.
  if (value === null || typeof value !== "object") throw new Error("no room for a number");
  switch (value.kind) {
    case "complex":
      throw new Error("no room for a number");
    case "bytes":
      yield* buildBytes(value.data, limit);
      return yield `${TOP}=bytes(${TOP})`;
    case "bytearray":
      return yield* buildBytes(value.data, limit);
    case "array":
      return yield* buildArray(value.typecode, value.items, limit);
    case "dict":
      return yield* buildDict(value.entries, limit);
    case "list":
    case "tuple":
      yield* buildRow("[]", value.items, limit, ["extend", "append"]);
      if (value.kind === "tuple") yield `${TOP}=tuple(${TOP})`;
      return;
    case "set":
    case "frozenset":
      yield* buildRow("set()", value.items, limit, ["update", "add"]);
      if (value.kind === "frozenset") yield `${TOP}=frozenset(${TOP})`;
  }
}

const TOP = `${STACK}[-1]`;

/** Fills a list or set: short items in groups, long ones one by one from the stack. */
function* buildRow(
  empty: string,
  items: readonly Value[],
  limit: number,
  [addMany, addOne]: readonly [string, string],
): Generator<string> {
  yield `${STACK}.append(${empty})`;
  let group: string[] = [];
  let length = 0;
  const flush = function* () {
    if (group.length > 0) yield `${TOP}.${addMany}([${group}])`;
    group = [];
    length = 0;
  };
  for (const item of items) {
    const text = expressionFor(item, limit);
    if (text === undefined || length + text.length > limit) yield* flush();
    if (text !== undefined) {
      group.push(text);
      length += text.length + 1;
    } else {
      yield* statementsFor(item, limit);
      yield `${STACK}[-2].${addOne}(${STACK}.pop())`;
    }
  }
  yield* flush();
}

function* buildDict(
  entries: readonly (readonly [Value, Value])[],
  limit: number,
): Generator<string> {
  yield `${STACK}.append({})`;
  let group: string[] = [];
  let length = 0;
  const flush = function* () {
    if (group.length > 0) yield `${TOP}.update({${group}})`;
    group = [];
    length = 0;
  };
  for (const [key, item] of entries) {
    const keyText = expressionFor(key, limit / 2);
    const itemText = keyText && expressionFor(item, limit - keyText.length);
    const text = itemText && `${keyText}:${itemText}`;
    if (text === undefined || length + text.length > limit) yield* flush();
    if (text !== undefined) {
      group.push(text);
      length += text.length + 1;
    } else {
      yield* statementsFor(key, limit);
      yield* statementsFor(item, limit);
      yield `${STACK}[-3][${STACK}[-2]]=${TOP}`;
      yield `${STACK}.pop();${STACK}.pop()`;
    }
  }
  yield* flush();
}

function* buildBytes(data: Uint8Array, limit: number): Generator<string> {
  yield `${STACK}.append(bytearray())`;
  for (const piece of slices(data.length, limit / 4)) {
    yield `${TOP}.extend(${bytesExpression(data.subarray(...piece))})`;
  }
}

function* buildArray(
  typecode: string,
  items: readonly (bigint | number)[],
  limit: number,
): Generator<string> {
  yield `${STACK}.append(_iot_a("${typecode}"))`;
  // An escape takes four letters a byte, and a long number twelve digits.
  for (const piece of slices(items.length, limit / 4 / TYPECODES[typecode].bytes)) {
    yield `${TOP}.extend(${arrayExpression(typecode, items.slice(...piece))})`;
  }
}

/** From its first digits on, as a number that is shifted to make room for the next. */
function* buildInt(value: bigint, limit: number): Generator<string> {
  const hex = (value < 0n ? -value : value).toString(16);
  yield `${STACK}.append(0)`;
  for (const [from, to] of slices(hex.length, limit / 2)) {
    yield `${TOP}=${TOP}<<${4 * (to - from)}|0x${hex.slice(from, to)}`;
  }
  if (value < 0n) yield `${TOP}=-${TOP}`;
}

function* slices(length: number, size: number): Generator<[number, number]> {
  const step = Math.max(1, Math.floor(size));
  for (let at = 0; at < length; at += step) yield [at, Math.min(length, at + step)];
}
