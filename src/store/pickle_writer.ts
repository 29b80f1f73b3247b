/** Writes values in pickle's protocol 4, which every Python since 3.4 reads. */

import { concat, encode } from "@/base/bytes.ts";
import { OP } from "./pickle_opcodes.ts";
import type { Value } from "./value.ts";

/** `value` as a pickle. What is shared in it is written as often as it stands there. */
export function writePickle(value: Value): Uint8Array<ArrayBuffer> {
  const writer = new PickleWriter();
  writer.op(OP.PROTO, 4);
  writer.save(value);
  writer.op(OP.STOP);
  return writer.bytes();
}

class PickleWriter {
  readonly #parts: Uint8Array[] = [];
  #block = new Uint8Array(4096);
  #used = 0;

  bytes(): Uint8Array<ArrayBuffer> {
    return concat([...this.#parts, this.#block.subarray(0, this.#used)]);
  }

  op(...bytes: number[]): void {
    this.#put(Uint8Array.from(bytes));
  }

  save(value: Value): void {
    if (value === null) this.op(OP.NONE);
    else if (typeof value === "boolean") this.op(value ? OP.NEWTRUE : OP.NEWFALSE);
    else if (typeof value === "bigint") this.#int(value);
    else if (typeof value === "number") this.#float(value);
    else if (typeof value === "string") this.#sized(encode(value), TEXT_OPS);
    else {
      switch (value.kind) {
        case "bytes":
          return this.#sized(value.data, BYTES_OPS);
        case "bytearray":
          return this.#call("builtins", "bytearray", [{ kind: "bytes", data: value.data }]);
        case "complex":
          return this.#call("builtins", "complex", [value.real, value.imaginary]);
        case "array":
          return this.#call("array", "array", [
            value.typecode,
            { kind: "list", items: value.items },
          ]);
        case "dict":
          this.op(OP.EMPTY_DICT, OP.MARK);
          for (const [key, item] of value.entries) {
            this.save(key);
            this.save(item);
          }
          return this.op(OP.SETITEMS);
        case "list":
          this.op(OP.EMPTY_LIST);
          return this.#items(value.items, OP.APPENDS);
        case "set":
          this.op(OP.EMPTY_SET);
          return this.#items(value.items, OP.ADDITEMS);
        case "tuple":
          return value.items.length === 0
            ? this.op(OP.EMPTY_TUPLE)
            : this.#items(value.items, OP.TUPLE);
        case "frozenset":
          return this.#items(value.items, OP.FROZENSET);
      }
    }
  }

  #items(items: readonly Value[], end: number): void {
    this.op(OP.MARK);
    for (const item of items) this.save(item);
    this.op(end);
  }

  /** What Python makes by a call: of its own types only. */
  #call(module: string, name: string, args: readonly Value[]): void {
    this.#put(encode(`${String.fromCharCode(OP.GLOBAL)}${module}\n${name}\n`));
    this.save({ kind: "tuple", items: args });
    this.op(OP.REDUCE);
  }

  #int(value: bigint): void {
    if (value >= -(2n ** 31n) && value < 2n ** 31n) {
      const bytes = new Uint8Array(5);
      bytes[0] = OP.BININT;
      new DataView(bytes.buffer).setInt32(1, Number(value), true);
      return this.#put(bytes);
    }
    const data = signedBytes(value);
    if (data.length < 256) this.op(OP.LONG1, data.length);
    else this.#put(withLength(OP.LONG4, data.length, 4));
    this.#put(data);
  }

  #float(value: number): void {
    const bytes = new Uint8Array(9);
    bytes[0] = OP.BINFLOAT;
    new DataView(bytes.buffer).setFloat64(1, value, false);
    this.#put(bytes);
  }

  #sized(data: Uint8Array, [short, normal]: readonly [number, number]): void {
    if (data.length < 256) this.op(short, data.length);
    else this.#put(withLength(normal, data.length, 4));
    this.#put(data);
  }

  #put(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#block.length) {
      this.#parts.push(this.#block.subarray(0, this.#used));
      this.#block = new Uint8Array(Math.max(4096, bytes.length, this.#used));
      this.#used = 0;
    }
    this.#block.set(bytes, this.#used);
    this.#used += bytes.length;
  }
}

/** For what is shorter than 256 bytes, and than 4 GiB. */
const TEXT_OPS = [OP.SHORT_BINUNICODE, OP.BINUNICODE] as const;
const BYTES_OPS = [OP.SHORT_BINBYTES, OP.BINBYTES] as const;

function withLength(op: number, length: number, width: number): Uint8Array {
  const bytes = new Uint8Array(1 + width);
  bytes[0] = op;
  new DataView(bytes.buffer).setUint32(1, length, true);
  return bytes;
}

/** Two's complement, little-endian, as short as it can be. */
export function signedBytes(value: bigint): Uint8Array {
  // Its bits without the sign's: ~value for a negative one.
  const magnitude = (value < 0n ? ~value : value).toString(16);
  const hex = magnitude.length % 2 === 0 ? magnitude : `0${magnitude}`;
  const count = hex.length / 2;
  const flip = value < 0n ? 0xff : 0;
  const bytes = new Uint8Array(count + 1).fill(flip);
  for (let i = 0; i < count; i++) {
    bytes[i] = parseInt(hex.slice(2 * (count - 1 - i), 2 * (count - i)), 16) ^ flip;
  }
  const signIsClear = (bytes[count - 1] & 0x80) === (flip & 0x80);
  return signIsClear ? bytes.subarray(0, count) : bytes;
}
