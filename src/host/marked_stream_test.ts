/** Marked lines, wherever the stream is cut. */

import { deepStrictEqual as assertEquals } from "node:assert/strict";
import fc from "fast-check";
import { encode } from "@/base/bytes.ts";
import { MarkedStream } from "./marked_stream.ts";

/** What comes of a stream that is cut into these pieces: text together, marked lines in brackets. */
function read(mark: string, pieces: readonly Uint8Array[]): string {
  const stream = new MarkedStream(encode(mark));
  const decoder = new TextDecoder();
  let all = "";
  for (const piece of pieces) {
    for (const part of stream.take(piece)) {
      all += typeof part === "string" ? `[${part}]` : decoder.decode(part, { stream: true });
    }
  }
  return all;
}

Deno.test("MarkedStream finds marked lines wherever the stream is cut", () => {
  const part = fc.oneof(
    fc.constantFrom("aab", "a", "", "é\n", "aaab"),
    fc.constantFrom("one", "", "é").map((text) => ({ line: text })),
  );
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.nat(5)), (parts, cuts) => {
      const mark = "aaX";
      const bytes = encode(
        parts.map((part) => typeof part === "string" ? part : `${mark}${part.line}\n`).join(""),
      );
      const pieces: Uint8Array[] = [];
      let at = 0;
      for (const cut of [...cuts, bytes.length]) pieces.push(bytes.subarray(at, at += cut));
      const expected = parts.map((part) => typeof part === "string" ? part : `[${part.line}]`);
      // What may be the beginning of a mark is held back at the end.
      assertEquals(read(mark, [...pieces, encode("!")]), `${expected.join("")}!`);
    }),
  );
});
