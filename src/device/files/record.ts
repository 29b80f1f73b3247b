/** What is said about each file before its content (docs/transfer.md). Pure. */

import { concat, encode } from "@/base/bytes.ts";
import { partOf } from "./part_name.ts";

/** A file in the stream. */
export interface FileRecord {
  readonly path: string;
  readonly size: number;
  /** Where its content begins in the stream: what is before that the board has. */
  readonly offset: number;
  readonly digest: Uint8Array;
}

/** What is sent before the content. */
export function recordHead({ path, size, offset, digest }: FileRecord): Uint8Array {
  const name = encode(path);
  const kept = encode(partOf(path)).length - encode(partOf("")).length;
  return concat([
    encode(hex(name.length, 4) + hex(kept, 4) + hex(size, 8) + hex(offset, 8)),
    name,
    digest,
  ]);
}

/** What ends the stream. */
export const END_OF_RECORDS: Uint8Array = encode("0".repeat(24));

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
