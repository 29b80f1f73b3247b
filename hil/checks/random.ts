/** Random bytes that follow from a seed, so that a failure can be repeated. */

/** A source of numbers from 0 up to 1 (Tommy Ettinger, mulberry32, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` bytes; from 256 on, every value is among them. */
export function randomBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = randomFrom(seed);
  const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256));
  if (length >= 256) {
    const at = Math.floor(random() * (length - 255));
    for (let value = 0; value < 256; value++) bytes[at + value] = value;
  }
  return bytes;
}
