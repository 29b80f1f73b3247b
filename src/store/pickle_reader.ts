/**
 * Reads pickles of protocols 0 to 5, of plain values only. Nothing that a pickle says is ever called
 * or imported: where Python would, this keeps the name of what it is about, so that the error can
 * say which part of a value does not cross.
 */

import { decimalNumber, latin1, PickleBytes } from "./pickle_bytes.ts";
import { type Argument, foreign, named, readCall } from "./pickle_calls.ts";
import { malformed, PickleError } from "./pickle_error.ts";
import { OP } from "./pickle_opcodes.ts";
import type { Foreign, Value } from "./value.ts";

/** The newest protocol there is. */
const MAX_PROTOCOL = 5;

/** Lists and such while they are filled. */
type Open = { kind: "list" | "set"; items: Value[] };
type OpenDict = { kind: "dict"; entries: [Value, Value][] };

/** What an opcode does. */
type Operation = (reader: PickleReader) => void;

/**
 * The value that a pickle stands for. It may hold foreign parts, and parts that stand in it several
 * times or hold themselves: checkValue() looks.
 *
 * @throws {PickleError} `truncated` when bytes are missing at the end, `malformed` when it is none.
 */
export function readPickle(data: Uint8Array): Value | Foreign {
  const reader = new PickleReader(data);
  for (;;) {
    const code = reader.source.uint8();
    if (code === OP.STOP) return reader.pop();
    const operation = OPERATIONS.get(code);
    if (operation === undefined) throw malformed(`0x${code.toString(16)} is no opcode`);
    operation(reader);
  }
}

class PickleReader {
  readonly source: PickleBytes;
  #stack: Argument[] = [];
  /** The stacks below the marks. */
  readonly #below: Argument[][] = [];
  readonly #memo = new Map<number, Argument>();

  constructor(data: Uint8Array) {
    this.source = new PickleBytes(data);
  }

  push(item: Argument): void {
    this.#stack.push(item);
  }

  pop(): Argument {
    const item = this.#stack.pop();
    if (item === undefined) throw malformed("it takes from an empty stack");
    return item;
  }

  /** {@linkcode pop}; foreign parts stay in values until somebody looks for them. */
  popValue(): Value {
    return this.pop() as Value;
  }

  get top(): Argument {
    const item = this.#stack.at(-1);
    if (item === undefined) throw malformed("it looks at an empty stack");
    return item;
  }

  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** What was pushed since the last mark. */
  popMark(): Value[] {
    const items = this.#stack;
    const below = this.#below.pop();
    if (below === undefined) throw malformed("a mark is missing");
    this.#stack = below;
    return items as Value[];
  }

  /** Pops the last one, or the last mark where nothing was pushed since. */
  drop(): void {
    if (this.#stack.length > 0) this.#stack.pop();
    else this.popMark();
  }

  text(): string {
    const text = this.pop();
    if (typeof text !== "string") throw malformed("a name is no text");
    return text;
  }

  keep(index: number): void {
    this.#memo.set(index, this.top);
  }

  get kept(): number {
    return this.#memo.size;
  }

  recall(index: number): void {
    const item = this.#memo.get(index);
    if (item === undefined) throw malformed(`it refers to number ${index}, which it does not have`);
    this.push(item);
  }

  /** Adds to the list or set on top; an object of a class may take items too, and is left alone. */
  extend(items: readonly Value[], kind: "list" | "set"): void {
    const { top } = this;
    if (isOpen(top, kind)) { for (const item of items) top.items.push(item); }
    else if (!isForeign(top)) throw malformed(`it adds items to what is no ${kind}`);
  }

  setItems(items: readonly Value[]): void {
    if (items.length % 2 === 1) throw malformed("a key has no value");
    const { top } = this;
    if (isForeign(top)) return;
    if (!isOpenDict(top)) throw malformed("it sets items of what is no dict");
    for (let i = 0; i < items.length; i += 2) top.entries.push([items[i], items[i + 1]]);
  }

  /** A call, or a new object of a class. */
  call(): void {
    const args = this.pop();
    const isTuple = typeof args === "object" && args?.kind === "tuple";
    this.push(readCall(this.pop(), isTuple ? (args.items as Argument[]) : []));
  }
}

function isForeign(item: Argument): boolean {
  return typeof item === "object" && item !== null && item.kind === "foreign";
}

function isOpen(item: Argument, kind: "list" | "set"): item is Open {
  return typeof item === "object" && item !== null && item.kind === kind;
}

function isOpenDict(item: Argument): item is OpenDict {
  return typeof item === "object" && item !== null && item.kind === "dict";
}

function isEmptyDict(item: Argument): boolean {
  return isOpenDict(item) && item.entries.length === 0;
}

function tuple(items: readonly Argument[]): Value {
  return { kind: "tuple", items: items as readonly Value[] };
}

const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [OP.PROTO, ({ source }) => {
    const version = source.uint8();
    if (version > MAX_PROTOCOL) throw malformed(`protocol ${version} is not known`);
  }],
  [OP.FRAME, ({ source }) => void source.uint64()],

  [OP.NONE, (reader) => reader.push(null)],
  [OP.NEWTRUE, (reader) => reader.push(true)],
  [OP.NEWFALSE, (reader) => reader.push(false)],
  [OP.INT, (reader) => {
    const line = reader.source.line();
    const isBool = line === "00" || line === "01";
    reader.push(isBool ? line === "01" : decimalNumber(line));
  }],
  [OP.BININT, (reader) => reader.push(BigInt(reader.source.int32()))],
  [OP.BININT1, (reader) => reader.push(BigInt(reader.source.uint8()))],
  [OP.BININT2, (reader) => reader.push(BigInt(reader.source.uint16()))],
  [OP.LONG, (reader) => reader.push(reader.source.decimal())],
  [OP.LONG1, (reader) => reader.push(reader.source.signed(reader.source.uint8()))],
  [OP.LONG4, (reader) => reader.push(reader.source.signed(length32(reader)))],
  [OP.FLOAT, (reader) => reader.push(floatOf(reader.source.line()))],
  [OP.BINFLOAT, (reader) => reader.push(reader.source.float64())],

  [OP.UNICODE, (reader) => reader.push(unescapeUnicode(reader.source.line()))],
  [OP.STRING, (reader) => reader.push(unquote(reader.source.line()))],
  [OP.BINSTRING, (reader) => reader.push(ascii(reader.source.take(length32(reader))))],
  [OP.SHORT_BINSTRING, (reader) => reader.push(ascii(reader.source.take(reader.source.uint8())))],
  [OP.BINUNICODE, (reader) => reader.push(reader.source.utf8(reader.source.uint32()))],
  [OP.SHORT_BINUNICODE, (reader) => reader.push(reader.source.utf8(reader.source.uint8()))],
  [OP.BINUNICODE8, (reader) => reader.push(reader.source.utf8(reader.source.uint64()))],
  [OP.SHORT_BINBYTES, (reader) => pushBytes(reader, "bytes", reader.source.uint8())],
  [OP.BINBYTES, (reader) => pushBytes(reader, "bytes", reader.source.uint32())],
  [OP.BINBYTES8, (reader) => pushBytes(reader, "bytes", reader.source.uint64())],
  [OP.BYTEARRAY8, (reader) => pushBytes(reader, "bytearray", reader.source.uint64())],

  [OP.EMPTY_TUPLE, (reader) => reader.push(tuple([]))],
  [OP.TUPLE1, (reader) => reader.push(tuple([reader.pop()]))],
  [OP.TUPLE2, (reader) => reader.push(tuple([reader.pop(), reader.pop()].reverse()))],
  [OP.TUPLE3, (reader) => reader.push(tuple([reader.pop(), reader.pop(), reader.pop()].reverse()))],
  [OP.TUPLE, (reader) => reader.push(tuple(reader.popMark()))],
  [OP.EMPTY_LIST, (reader) => reader.push({ kind: "list", items: [] })],
  [OP.LIST, (reader) => reader.push({ kind: "list", items: reader.popMark() })],
  [OP.APPEND, (reader) => reader.extend([reader.popValue()], "list")],
  [OP.APPENDS, (reader) => reader.extend(reader.popMark(), "list")],
  [OP.EMPTY_SET, (reader) => reader.push({ kind: "set", items: [] })],
  [OP.ADDITEMS, (reader) => reader.extend(reader.popMark(), "set")],
  [OP.FROZENSET, (reader) => reader.push({ kind: "frozenset", items: reader.popMark() })],
  [OP.EMPTY_DICT, (reader) => reader.push({ kind: "dict", entries: [] })],
  [OP.DICT, (reader) => {
    const items = reader.popMark();
    reader.push({ kind: "dict", entries: [] });
    reader.setItems(items);
  }],
  [OP.SETITEM, (reader) => {
    const value = reader.popValue();
    reader.setItems([reader.popValue(), value]);
  }],
  [OP.SETITEMS, (reader) => reader.setItems(reader.popMark())],

  [OP.MARK, (reader) => reader.mark()],
  [OP.POP, (reader) => reader.drop()],
  [OP.POP_MARK, (reader) => void reader.popMark()],
  [OP.DUP, (reader) => reader.push(reader.top)],
  [OP.PUT, (reader) => reader.keep(indexOf(reader.source.line()))],
  [OP.BINPUT, (reader) => reader.keep(reader.source.uint8())],
  [OP.LONG_BINPUT, (reader) => reader.keep(reader.source.uint32())],
  [OP.MEMOIZE, (reader) => reader.keep(reader.kept)],
  [OP.GET, (reader) => reader.recall(indexOf(reader.source.line()))],
  [OP.BINGET, (reader) => reader.recall(reader.source.uint8())],
  [OP.LONG_BINGET, (reader) => reader.recall(reader.source.uint32())],

  // From here on: what Python would import or call.
  [OP.GLOBAL, (reader) => reader.push(named(reader.source.line(), reader.source.line()))],
  [OP.STACK_GLOBAL, (reader) => {
    const name = reader.text();
    reader.push(named(reader.text(), name));
  }],
  [OP.REDUCE, (reader) => reader.call()],
  [OP.NEWOBJ, (reader) => reader.call()],
  [OP.NEWOBJ_EX, (reader) => {
    reader.pop();
    reader.pop();
    reader.push(foreign(reader.pop()));
  }],
  [OP.BUILD, (reader) => {
    const state = reader.pop();
    const { top } = reader;
    // Python writes None for what a value has besides; anything else is not plain any more.
    if (!isForeign(top) && state !== null && !isEmptyDict(state)) {
      throw malformed("it gives attributes to what has none");
    }
  }],
  [OP.INST, (reader) => {
    const name = named(reader.source.line(), reader.source.line());
    reader.popMark();
    reader.push(foreign(name));
  }],
  [OP.OBJ, (reader) => {
    const [type] = reader.popMark();
    if (type === undefined) throw malformed("an object has no class");
    reader.push(foreign(type));
  }],
  [OP.PERSID, (reader) => {
    reader.source.line();
    reader.push({ kind: "foreign", type: "persistent object" });
  }],
  [OP.BINPERSID, (reader) => {
    reader.pop();
    reader.push({ kind: "foreign", type: "persistent object" });
  }],
  [OP.EXT1, (reader) => pushExtension(reader, reader.source.uint8())],
  [OP.EXT2, (reader) => pushExtension(reader, reader.source.uint16())],
  [OP.EXT4, (reader) => pushExtension(reader, reader.source.int32())],
  [OP.NEXT_BUFFER, (reader) => reader.push({ kind: "foreign", type: "out-of-band buffer" })],
  [OP.READONLY_BUFFER, (reader) => void reader.top],
]);

function pushBytes(reader: PickleReader, kind: "bytes" | "bytearray", length: number): void {
  reader.push({ kind, data: reader.source.take(length) });
}

function pushExtension(reader: PickleReader, number: number): void {
  reader.push({ kind: "foreign", type: `copyreg extension ${number}` });
}

function length32({ source }: PickleReader): number {
  const length = source.int32();
  if (length < 0) throw malformed("a length is negative");
  return length;
}

function indexOf(line: string): number {
  const index = Number(line);
  if (!/^\d{1,15}$/.test(line)) throw malformed(`"${line.slice(0, 20)}" is no index`);
  return index;
}

function floatOf(line: string): number {
  const text = line.trim().toLowerCase();
  const special = /^([+-]?)(nan|inf)(?:inity)?$/.exec(text);
  if (special) return special[2] === "nan" ? NaN : special[1] === "-" ? -Infinity : Infinity;
  const value = Number(text);
  if (text === "" || Number.isNaN(value)) throw malformed(`"${line.slice(0, 20)}" is no float`);
  return value;
}

/** What Python 2 wrote as str: Python 3 takes only ASCII for text. */
function ascii(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte > 0x7f)) {
    throw new PickleError("malformed", "The pickle holds a str of Python 2 that is not ASCII.");
  }
  return latin1(bytes);
}

/** `raw-unicode-escape`: only `\uXXXX` and `\UXXXXXXXX` mean something else than themselves. */
function unescapeUnicode(line: string): string {
  return line.replace(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (_, short, long) => character(parseInt(short ?? long, 16)),
  );
}

function character(code: number): string {
  if (code > 0x10ffff) throw malformed("a character is beyond Unicode");
  return String.fromCodePoint(code);
}

/** A str of protocol 0, in its quotes and with Python's escapes. */
function unquote(line: string): string {
  const [, , inner] = /^(['"])(.*)\1$/s.exec(line.trim()) ?? [];
  if (inner === undefined) throw malformed("a str has no quotes");
  const text = inner.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_, hex, char) => {
    if (hex !== undefined) return character(parseInt(hex, 16));
    return SIMPLE_ESCAPES[char] ?? `\\${char}`;
  });
  return ascii(Uint8Array.from(text, (char) => Math.min(0xff, char.charCodeAt(0))));
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  n: "\n",
  r: "\r",
  t: "\t",
};
