import assert from "node:assert/strict";
import { concat, encode, indexOfBytes, printable } from "./bytes.ts";

Deno.test("indexOfBytes() finds a needle that begins like itself", () => {
  assert.equal(indexOfBytes(encode("aaab"), encode("aab")), 1);
  assert.equal(indexOfBytes(encode("abcabd"), encode("abd")), 3);
  assert.equal(indexOfBytes(encode("abc"), encode("abcd")), -1);
  assert.equal(indexOfBytes(encode("xabxab"), encode("ab"), 2), 4);
  assert.equal(indexOfBytes(encode(""), encode("a")), -1);
});

Deno.test("concat() joins parts in order", () => {
  assert.deepEqual(concat([encode("a"), new Uint8Array(), encode("bc")]), encode("abc"));
});

Deno.test("printable() escapes what a terminal would swallow and keeps the end", () => {
  assert.equal(printable(encode('a"\\\r\n\x04é')), String.raw`"a\"\\\r\n\x04\xc3\xa9"`);
  assert.equal(printable(encode("0123456789"), 4), '"…6789"');
});
