/** The blocks that content goes in to a board and comes in from one (docs/transfer.md). Pure. */

import { concat, encode } from "@/base/bytes.ts";

/** Begins an escape: the letter behind it says which byte is meant. ASCII calls it so, too (DLE). */
const ESCAPE = 0x10;

/**
 * What stands for bytes that may not be sent to a board as they are. Ctrl-C has to end its program
 * whatever it does; the others are kept from a REPL that hears the rest of a broken block: without
 * Ctrl-B it stays raw, and without Ctrl-D it runs nothing.
 */
const TO_BOARD: ReadonlyMap<number, number> = new Map([
  [0x02, 0x62], // b
  [0x03, 0x63], // c
  [0x04, 0x64], // d
  [ESCAPE, 0x70], // p
]);

/** What a letter has more than the byte that it stands for. */
const LETTER_BITS = 0x60;

/** `bytes` as they are sent to a board raw. */
export function escapeToBoard(bytes: Uint8Array): Uint8Array {
  let extra = 0;
  for (const byte of bytes) if (TO_BOARD.has(byte)) extra++;
  if (extra === 0) return bytes;
  const escaped = new Uint8Array(bytes.length + extra);
  let at = 0;
  for (const byte of bytes) {
    const letter = TO_BOARD.get(byte);
    if (letter !== undefined) escaped[at++] = ESCAPE;
    escaped[at++] = letter ?? byte;
  }
  return escaped;
}

/** `bytes` as a board sent them, without escapes; `rest` is an escape that has only begun. */
export function unescapeFromBoard(bytes: Uint8Array): { bytes: Uint8Array; rest: Uint8Array } {
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  let from = 0;
  for (;;) {
    const at = bytes.indexOf(ESCAPE, from);
    const end = at === -1 ? bytes.length : at;
    plain.set(bytes.subarray(from, end), length);
    length += end - from;
    if (at === -1 || at + 1 === bytes.length) {
      return { bytes: plain.subarray(0, length), rest: bytes.slice(end) };
    }
    // Every letter is its byte with these bits added.
    plain[length++] = bytes[at + 1] & ~LETTER_BITS;
    from = at + 2;
  }
}

/** How the content of a block is packed. */
export type Packing = "stored" | "deflated";

const KIND: Readonly<Record<Packing, string>> = { stored: "r", deflated: "z" };

/** How a block is checked: CRC-32, or the sum of the bytes where a board has no crc32(). */
export type BlockCheck = (payload: Uint8Array, start: number) => number;

/** How a block is made. */
export interface BlockOptions {
  readonly packing: Packing;
  readonly check: BlockCheck;
  /** Whether the board is to answer each step of it. */
  readonly inSteps?: boolean;
}

/** The head of a block: its kind, its payload's length, and a checksum over both. */
export const BLOCK_HEAD_BYTES = 13;

/** A block: its head and its payload. */
export function block(
  payload: Uint8Array,
  { packing, check, inSteps = false }: BlockOptions,
): Uint8Array {
  const kind = inSteps ? KIND[packing].toUpperCase() : KIND[packing];
  const length = payload.length.toString(16).padStart(4, "0");
  const sum = check(payload, kind.charCodeAt(0)).toString(16).padStart(8, "0");
  return concat([encode(kind + length + sum), payload]);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >>> 1 ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (ISO 3309) of `bytes`, going on from `start`, as binascii.crc32() does. */
export function crc32(bytes: Uint8Array, start = 0): number {
  let crc = ~start;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ crc >>> 8;
  return ~crc >>> 0;
}

/** The sum of `bytes` and `start`. */
export function byteSum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (const byte of bytes) sum += byte;
  return sum;
}

/** `bytes` in base64. */
export function base64(bytes: Uint8Array): Uint8Array {
  return encode(bytes.toBase64());
}
