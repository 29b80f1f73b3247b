/**
 * What iot makes up so that it cannot have been said before: words that a board is to repeat,
 * numbers to count from. No secrets. A seed makes them the same each time, as replaying a recorded
 * session needs (docs/logging.md).
 */

let next: (() => number) | undefined;

/** Has everything that is made up from now on follow from `seed`, a whole number of 32 bits. */
export function seedRandom(seed: number | undefined): void {
  next = seed === undefined ? undefined : randomFrom(seed);
}

/** A whole number of 32 bits. */
export function randomUint32(): number {
  return next?.() ?? crypto.getRandomValues(new Uint32Array(1))[0];
}

/** Whole numbers of 32 bits that follow from `seed`, which is one itself. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // Sebastiano Vigna, SplitMix: a Weyl sequence, mixed by the finaliser of MurmurHash3.
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}

/** Eight hex digits. */
export function randomWord(): string {
  return randomUint32().toString(16).padStart(8, "0");
}
