/**
 * How much memory a value takes on a board. Source: MicroPython, py/obj*.c and py/gc.c, for the
 * usual 32-bit object: blocks of 16 bytes, four bytes a word. Pure.
 */

import { encode } from "@/base/bytes.ts";
import { TYPECODES, type Value } from "@/store/value.ts";

const BLOCK_BYTES = 16;
const WORD_BYTES = 4;

/** Numbers up to this many bits fit into a reference. */
const SMALL_INT_BITS = 30;

/** What a value takes, in bytes. */
export interface BoardSize {
  /** All of it, once it is there. */
  readonly total: number;
  /** The longest single piece, which is there twice for a moment while it is made. */
  readonly largest: number;
}

/** The size of `value` on a board. Rather too much than too little. */
export function sizeOnBoard(value: Value): BoardSize {
  let [total, largest] = [0, 0];
  const add = (bytes: number) => {
    const blocks = Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
    total += blocks;
    largest = Math.max(largest, blocks);
  };
  const measure = (value: Value): void => {
    if (value === null || typeof value === "boolean") return;
    if (typeof value === "bigint") {
      const bits = value.toString(16).length * 4;
      if (bits > SMALL_INT_BITS) add(BLOCK_BYTES + bits / 8);
    } else if (typeof value === "number") add(BLOCK_BYTES);
    else if (typeof value === "string") {
      add(BLOCK_BYTES);
      add(encode(value).length + 1);
    } else {
      add(BLOCK_BYTES);
      switch (value.kind) {
        case "complex":
          break;
        case "bytes":
        case "bytearray":
          add(value.data.length + 1);
          break;
        case "array":
          add(value.items.length * (TYPECODES[value.typecode]?.bytes ?? 8));
          break;
        case "dict":
          // A table of pairs that grows before it is full: py/map.c, get_hash_alloc_greater_or_…
          add(value.entries.length * 2 * WORD_BYTES * 1.5);
          for (const [key, item] of value.entries) {
            measure(key);
            measure(item);
          }
          break;
        default:
          add(value.items.length * WORD_BYTES * (value.kind === "tuple" ? 1 : 1.5));
          for (const item of value.items) measure(item);
      }
    }
  };
  measure(value);
  return { total, largest };
}
