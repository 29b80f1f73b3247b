/** Code points and UTF-16 units. */

import assert from "node:assert/strict";
import { toCodePoints, toUtf16 } from "./cursor.ts";

Deno.test("toUtf16() and toCodePoints() undo each other, also behind pairs of surrogates", () => {
  const text = "a😀é𝒳b\u{10ffff}";
  const characters = Array.from(text);
  for (let count = 0; count <= characters.length; count++) {
    const index = characters.slice(0, count).join("").length;
    assert.equal(toUtf16(text, count), index);
    assert.equal(toCodePoints(text, index), count);
  }
});

Deno.test("toUtf16() ends with the text", () => {
  assert.equal(toUtf16("abc", 99), 3);
  assert.equal(toUtf16("😀", 99), 2);
  assert.equal(toUtf16("", 1), 0);
});

Deno.test("a surrogate without its other half counts as one", () => {
  assert.equal(toUtf16("\ud83dab", 2), 2);
  assert.equal(toCodePoints("\ud83dab", 2), 2);
});
