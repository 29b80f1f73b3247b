import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { HiddenLine } from "./hidden_line.ts";

const lines: [about: string, typed: string, text: string, rest: string][] = [
  ["ends at Enter", "secret\rnext", "secret", "next"],
  ["ends at a line feed, as pasted", "secret\nnext", "secret", "next"],
  ["may be empty", "\r", "", ""],
  ["is erased character by character", "sé\x7f\x7fab\x08\r", "a", ""],
  ["is erased no further than its beginning", "\x7f\x7fa\r", "a", ""],
  ["is killed as a whole", "wrong\x15right\r", "right", ""],
  ["takes no Ctrl-D in its midst", "a\x04b\r", "ab", ""],
];

for (const [about, typed, text, rest] of lines) {
  Deno.test(`HiddenLine ${about}`, () => {
    const line = new HiddenLine();
    assertEquals(line.push(encode(typed)), { rest: encode(rest), ended: false });
    assertEquals(line.text, text);
  });
}

Deno.test("HiddenLine goes on from one read to the next", () => {
  const line = new HiddenLine();
  const [first, second] = [encode("é").subarray(0, 1), encode("é").subarray(1)];
  assertEquals(line.push(first), { ended: false });
  assertEquals(line.push(second), { ended: false });
  assertEquals([line.text, line.length], ["é", 2]);
});

Deno.test("HiddenLine tells of the end of input on an empty line", () => {
  assertEquals(new HiddenLine().push(encode("\x04")), { rest: new Uint8Array(), ended: true });
});
