/** Random numbers that are the same for the same seed. */

/** 32 random bits at a time. Without a seed they are different each time. */
export function randomSource(seed: number | undefined): () => number {
  if (seed === undefined) return () => crypto.getRandomValues(new Uint32Array(1))[0];
  // mulberry32 (T. Ettinger, public domain): enough for a generator that Python seeds itself from.
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return (mixed ^ mixed >>> 14) >>> 0;
  };
}
