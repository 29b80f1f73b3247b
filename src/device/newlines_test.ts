import { NewlineDecoder } from "./newlines.ts";
import { strictEqual as assertEquals } from "node:assert/strict";
import fc from "fast-check";

/** What a board does to its output. */
const cook = (text: string) => text.replaceAll("\n", "\r\n");

function decodeInChunks(text: string, size: number): string {
  const bytes = new TextEncoder().encode(text);
  const decoder = new NewlineDecoder();
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    out.push(...decoder.decode(bytes.subarray(at, at + size)));
  }
  out.push(...decoder.end());
  return new TextDecoder().decode(Uint8Array.from(out));
}

Deno.test("NewlineDecoder undoes what a board does, whatever the chunks", () => {
  const text = fc.array(fc.constantFrom("\r", "\n", "a", "é", "\r\n")).map((parts) =>
    parts.join("")
  );
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 5 }), (written, size) => {
      assertEquals(decodeInChunks(cook(written), size), written);
    }),
  );
});
