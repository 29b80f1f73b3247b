import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { SignReader } from "./signs.ts";

const FIRST = 654_321;

function read(...chunks: string[]): SignReader {
  const signs = new SignReader(FIRST);
  for (const chunk of chunks) {
    signs.push(Uint8Array.from(chunk, (letter) => letter.charCodeAt(0)));
  }
  return signs;
}

const PLACED: [string, string[], number][] = [
  ["one file after the other", ["\x06\x1a654321\r\n\x06\x1a654", "322\r\n"], 2],
  ["no bare sign, as content has it when a board echoes it", ["\x1a\x1a\x06\x1a\r\n"], 0],
  ["no other number", ["\x1a654322\r\n\x1a1\r\n"], 0],
  ["none twice", ["\x1a654321\r\n\x1a654321\r\n"], 1],
  ["what comes behind a line whose end was lost", ["\x1612\x06\x1a654321\r\n"], 1],
];

for (const [what, chunks, expected] of PLACED) {
  Deno.test(`SignReader counts ${what}`, () => {
    assertEquals(read(...chunks).filesDone, expected);
  });
}

Deno.test("SignReader reads refusals, and how much memory is free", () => {
  const signs = read("\x1612345\r\n\x06\x153,28\r\n");
  assertEquals([signs.freeBytes, signs.refusal], [12_345, { index: 3, errno: 28 }]);
  assertEquals(read("\x15code\r\n").broken, true);
});
