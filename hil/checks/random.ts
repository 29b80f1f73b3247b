/** Random bytes that follow from a seed, so that a failure can be repeated. */

import { randomFrom } from "@/base/random.ts";

/** `length` bytes; from 256 on, every value is among them. */
export function randomBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const next = randomFrom(seed);
  const bytes = Uint8Array.from({ length }, () => next() & 0xff);
  if (length >= 256) {
    const at = next() % (length - 255);
    for (let value = 0; value < 256; value++) bytes[at + value] = value;
  }
  return bytes;
}
