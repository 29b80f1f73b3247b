/** What each WebAssembly instruction takes off the operand stack and puts onto it. */

import { F32, F64, I32, I64, type Reader } from "./wasm_binary.ts";

/** Opcodes that are treated one by one. WebAssembly core specification, 5.4. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Store: 0x36,
  i64Store: 0x37,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  prefixed: 0xfc,
} as const;

/** No result. */
export const NOTHING = 0;

/** By opcode (0xfc NN as 0x100 + NN): how many operands it takes, the type that it gives. */
export const TAKES = new Uint8Array(0x112);
export const GIVES = new Uint8Array(0x112);
const KNOWN = new Uint8Array(0x112);
/** What follows the opcode. */
const IMMEDIATE = new Uint8Array(0x112);
const Immediate = { none: 0, number: 1, twoNumbers: 2, bytes4: 3, bytes8: 4, labels: 5 } as const;

function define(
  first: number,
  last: number,
  takes: number,
  gives: number,
  immediate: number = Immediate.none,
): void {
  TAKES.fill(takes, first, last + 1);
  GIVES.fill(gives, first, last + 1);
  IMMEDIATE.fill(immediate, first, last + 1);
  KNOWN.fill(1, first, last + 1);
}

// Control, calls and locals: what they take and give depends on where they stand.
define(0x00, 0x01, 0, NOTHING);
define(0x02, 0x04, 0, NOTHING, Immediate.number);
define(0x05, 0x05, 0, NOTHING);
define(0x0b, 0x0b, 0, NOTHING);
define(0x0c, 0x0c, 0, NOTHING, Immediate.number);
define(0x0d, 0x0d, 1, NOTHING, Immediate.number);
define(0x0e, 0x0e, 0, NOTHING, Immediate.labels);
define(0x0f, 0x0f, 0, NOTHING);
define(0x10, 0x10, 0, NOTHING, Immediate.number);
define(0x11, 0x11, 0, NOTHING, Immediate.twoNumbers);
define(0x1a, 0x1a, 1, NOTHING);
define(0x1b, 0x1b, 3, NOTHING);
define(0x20, 0x20, 0, NOTHING, Immediate.number);
define(0x21, 0x21, 1, NOTHING, Immediate.number);
define(0x22, 0x22, 0, NOTHING, Immediate.number);
define(0x23, 0x23, 0, I32, Immediate.number);
define(0x24, 0x24, 1, NOTHING, Immediate.number);
// Memory.
define(0x28, 0x28, 1, I32, Immediate.twoNumbers);
define(0x29, 0x29, 1, I64, Immediate.twoNumbers);
define(0x2a, 0x2a, 1, F32, Immediate.twoNumbers);
define(0x2b, 0x2b, 1, F64, Immediate.twoNumbers);
define(0x2c, 0x2f, 1, I32, Immediate.twoNumbers);
define(0x30, 0x35, 1, I64, Immediate.twoNumbers);
define(0x36, 0x3e, 2, NOTHING, Immediate.twoNumbers);
define(0x3f, 0x3f, 0, I32, Immediate.number);
define(0x40, 0x40, 1, I32, Immediate.number);
// Constants.
define(0x41, 0x41, 0, I32, Immediate.number);
define(0x42, 0x42, 0, I64, Immediate.number);
define(0x43, 0x43, 0, F32, Immediate.bytes4);
define(0x44, 0x44, 0, F64, Immediate.bytes8);
// Comparisons.
define(0x45, 0x45, 1, I32);
define(0x46, 0x4f, 2, I32);
define(0x50, 0x50, 1, I32);
define(0x51, 0x66, 2, I32);
// Arithmetic.
define(0x67, 0x69, 1, I32);
define(0x6a, 0x78, 2, I32);
define(0x79, 0x7b, 1, I64);
define(0x7c, 0x8a, 2, I64);
define(0x8b, 0x91, 1, F32);
define(0x92, 0x98, 2, F32);
define(0x99, 0x9f, 1, F64);
define(0xa0, 0xa6, 2, F64);
// Conversions.
define(0xa7, 0xab, 1, I32);
define(0xac, 0xb1, 1, I64);
define(0xb2, 0xb6, 1, F32);
define(0xb7, 0xbb, 1, F64);
define(0xbc, 0xbc, 1, I32);
define(0xbd, 0xbd, 1, I64);
define(0xbe, 0xbe, 1, F32);
define(0xbf, 0xbf, 1, F64);
define(0xc0, 0xc1, 1, I32);
define(0xc2, 0xc4, 1, I64);
define(0x100, 0x103, 1, I32);
define(0x104, 0x107, 1, I64);
// memory.copy and memory.fill.
define(0x10a, 0x10a, 3, NOTHING, Immediate.twoNumbers);
define(0x10b, 0x10b, 3, NOTHING, Immediate.number);

/**
 * Reads an opcode; 0xfc NN as 0x100 + NN.
 *
 * @throws {Error} when it is none that is known here.
 */
export function readOpcode(reader: Reader): number {
  let op = reader.byte();
  if (op === OP.prefixed) op = 0x100 + reader.unsigned();
  if (KNOWN[op] !== 1) throw new Error(`There is no instruction 0x${op.toString(16)} here.`);
  return op;
}

/** Passes over what follows the opcode `op`. */
export function skipImmediate(reader: Reader, op: number): void {
  switch (IMMEDIATE[op]) {
    case Immediate.number:
      return reader.skipNumber();
    case Immediate.twoNumbers:
      reader.skipNumber();
      return reader.skipNumber();
    case Immediate.bytes4:
      reader.at += 4;
      return;
    case Immediate.bytes8:
      reader.at += 8;
      return;
    case Immediate.labels:
      for (let count = reader.unsigned() + 1; count > 0; count--) reader.skipNumber();
  }
}
