import { deepStrictEqual as assertEquals, notDeepStrictEqual } from "node:assert/strict";
import { randomUint32, randomWord, seedRandom } from "./random.ts";

function draw(seed: number): (string | number)[] {
  seedRandom(seed);
  try {
    return [randomWord(), randomUint32(), randomWord()];
  } finally {
    seedRandom(undefined);
  }
}

Deno.test("seedRandom() makes what follows the same each time, and other seeds another", () => {
  assertEquals(draw(7), draw(7));
  notDeepStrictEqual(draw(7), draw(8));
});

Deno.test("randomWord() is eight hex digits, and does not repeat itself", () => {
  const words = Array.from({ length: 1_000 }, randomWord);
  assertEquals(words.filter((word) => !/^[0-9a-f]{8}$/.test(word)), []);
  assertEquals(new Set(words).size > 990, true);
});
