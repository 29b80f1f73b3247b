/** Reads a value from what tell.py prints about it. Pure. */

import { concat, encode } from "@/base/bytes.ts";
import { CannotCross } from "@/store/cannot_cross.ts";
import {
  describePlace,
  foreignReason,
  holdsFloats,
  isTypecode,
  MAX_DEPTH,
  type Place,
  type Value,
} from "@/store/value.ts";
import { readPythonBytes } from "../files/python_text.ts";

/** What begins a line of ours; anything else was printed by somebody else meanwhile. */
const SIGN = "\x16";

/** The lines do not say what they should: some of them are damaged or missing. */
export class DamagedValue extends Error {
  override readonly name = "DamagedValue";
}

/**
 * The value that was told of in `text`.
 *
 * @param name of the variable, for errors
 * @throws {CannotCross} naming the part, when some of it is no value that crosses.
 * @throws {DamagedValue} when the text is not whole.
 */
export function readTold(text: string, name: string): Value {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const at = line.indexOf(SIGN);
    return at === -1 ? [] : [line.slice(at + 1)];
  });
  const end = lines.pop();
  if (end !== `=${checksum(lines)}`) throw new DamagedValue("the checksum is wrong");
  return new Reader(lines, name).read();
}

/** As tell.py reckons it. */
function checksum(lines: readonly string[]): number {
  let total = 0;
  for (const line of lines) {
    total = (total * 31 + encode(line).reduce((sum, byte) => sum + byte, 0)) % 65_521;
  }
  return total;
}

const BLOCKS: Readonly<Record<string, "str" | "bytes" | "bytearray">> = {
  S: "str",
  B: "bytes",
  Y: "bytearray",
};

const ROWS: Readonly<Record<string, "list" | "tuple" | "set" | "frozenset">> = {
  L: "list",
  T: "tuple",
  E: "set",
  Z: "frozenset",
};

class Reader {
  readonly #lines: readonly string[];
  readonly #name: string;
  #at = 0;

  constructor(lines: readonly string[], name: string) {
    this.#lines = lines;
    this.#name = name;
  }

  read(): Value {
    const value = this.#value(undefined, 0);
    if (this.#at !== this.#lines.length) throw new DamagedValue("there is more than the value");
    return value;
  }

  #value(place: Place | undefined, depth: number): Value {
    const line = this.#lines[this.#at++];
    if (line === undefined) throw new DamagedValue("a part is missing");
    if (line === "None") return null;
    if (line === "True" || line === "False") return line === "True";
    if (/^-?\d+$/.test(line)) return BigInt(line);
    const [sign, rest] = [line[0], line.slice(1)];
    if (sign === "f") return doubles(rest, 1)[0];
    if (sign === "c") {
      const [real, imaginary] = doubles(rest, 2);
      return { kind: "complex", real, imaginary };
    }
    if (sign === "!") throw this.#refusal(place, foreignReason(typeIn(rest)));
    if (sign === "@") throw this.#refusal(place, "it contains itself.");
    if (sign === "A") return this.#array(rest, place);
    if (sign in BLOCKS) return this.#block(BLOCKS[sign], count(rest), place);
    if (depth >= MAX_DEPTH) {
      throw this.#refusal(undefined, `it is nested deeper than ${MAX_DEPTH} levels.`);
    }
    if (sign === "D") return this.#dict(count(rest), place, depth);
    const kind = ROWS[sign];
    if (kind === undefined) throw new DamagedValue(`"${line.slice(0, 20)}" is no part`);
    const items: Value[] = [];
    const length = count(rest);
    const isRow = kind === "list" || kind === "tuple";
    for (let index = 0; index < length; index++) {
      items.push(this.#value({ within: place, step: isRow ? { index } : "item" }, depth + 1));
    }
    return { kind, items };
  }

  /** Its items come as tuples. */
  #dict(length: number, place: Place | undefined, depth: number): Value {
    const entries: [Value, Value][] = [];
    for (let index = 0; index < length; index++) {
      if (this.#lines[this.#at++] !== "T2") throw new DamagedValue("an item of a dict is no pair");
      const key = this.#value({ within: place, step: "key" }, depth + 1);
      entries.push([key, this.#value({ within: place, step: { key } }, depth + 1)]);
    }
    return { kind: "dict", entries };
  }

  #block(kind: "str" | "bytes" | "bytearray", length: number, place: Place | undefined): Value {
    const data = this.#bytes();
    if (kind !== "str") {
      if (data.length !== length) throw new DamagedValue("bytes are missing");
      return { kind, data };
    }
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    } catch {
      throw this.#refusal(place, "its text is not Unicode. Store it as bytes.");
    }
    // Boards without Unicode count bytes.
    if (length !== data.length && length !== [...text].length) {
      throw new DamagedValue("characters are missing");
    }
    return text;
  }

  #array(rest: string, place: Place | undefined): Value {
    const [typecode, length] = [rest[0], count(rest.slice(1))];
    const data = this.#bytes();
    if (!isTypecode(typecode)) {
      throw this.#refusal(place, `this computer has no array of type '${typecode}'.`);
    }
    const width = length === 0 ? 1 : data.length / length;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    // All boards that MicroPython runs on keep numbers in little-endian.
    const read = length === 0 ? undefined : READERS[numberFormat(typecode, width)];
    if (length > 0 && read === undefined) throw new DamagedValue("items of an array are missing");
    const items = Array.from({ length }, (_, index) => read!(view, index * width));
    return { kind: "array", typecode, items };
  }

  /** The pieces that follow, joined. */
  #bytes(): Uint8Array {
    const pieces: Uint8Array[] = [];
    while (/^b['"]/.test(this.#lines[this.#at] ?? "")) {
      pieces.push(bytesIn(this.#lines[this.#at++]));
    }
    return concat(pieces);
  }

  #refusal(place: Place | undefined, reason: string): CannotCross {
    const part = describePlace(this.#name, place);
    return new CannotCross({ verb: "store", part, reason });
  }
}

function numberFormat(typecode: string, width: number): string {
  const letter = holdsFloats(typecode) ? "f" : typecode === typecode.toLowerCase() ? "i" : "u";
  return `${letter}${width}`;
}

const READERS: Readonly<Record<string, (view: DataView, at: number) => bigint | number>> = {
  i1: (view, at) => BigInt(view.getInt8(at)),
  u1: (view, at) => BigInt(view.getUint8(at)),
  i2: (view, at) => BigInt(view.getInt16(at, true)),
  u2: (view, at) => BigInt(view.getUint16(at, true)),
  i4: (view, at) => BigInt(view.getInt32(at, true)),
  u4: (view, at) => BigInt(view.getUint32(at, true)),
  i8: (view, at) => view.getBigInt64(at, true),
  u8: (view, at) => view.getBigUint64(at, true),
  f4: (view, at) => view.getFloat32(at, true),
  f8: (view, at) => view.getFloat64(at, true),
};

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new DamagedValue(`"${text.slice(0, 20)}" is no number`);
  return Number(text);
}

function doubles(literal: string, length: number): number[] {
  const bytes = bytesIn(literal);
  if (bytes.length !== 8 * length) throw new DamagedValue("a float is not whole");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length }, (_, index) => view.getFloat64(8 * index, true));
}

/** `<class 'Pin'>`: what MicroPython says of a type. */
function typeIn(text: string): string {
  return /^<class '(.*)'>$/.exec(text)?.[1] ?? text;
}

/** The bytes of Python's literal `b'…'`. */
function bytesIn(literal: string): Uint8Array {
  const bytes = readPythonBytes(literal);
  if (bytes === undefined) throw new DamagedValue(`"${literal.slice(0, 20)}" is no bytes`);
  return bytes;
}
