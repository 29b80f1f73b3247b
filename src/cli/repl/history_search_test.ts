import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { HistorySearch } from "./history_search.ts";

const LINES = ["import machine", "led.on()", "x = 1", "led.off()", "x = 1", "größe"];

const searches: [about: string, keys: string, line: string | undefined, runs: boolean][] = [
  ["begins with the last line", "\r", "größe", true],
  ["finds the newest", "led\r", "led.off()", true],
  ["goes back with Ctrl-R", "led\x12\r", "led.on()", true],
  ["goes back and forth with arrows", "led\x1b[A\x1b[B\r", "led.off()", true],
  ["takes arrows of application mode", "led\x1bOA\r", "led.on()", true],
  ["stays at the oldest", "led\x12\x12\x12\r", "led.on()", true],
  ["shows a line once", "1\x12\r", "x = 1", true],
  ["forgets what is erased", "zz\x7f\x7fmac\r", "import machine", true],
  ["looks for more than ASCII", "ß\t", "größe", false],
  ["gives a line for editing with Tab", "import\t", "import machine", false],
  ["gives a line for editing with the right arrow", "import\x1b[C", "import machine", false],
  ["is given up with Ctrl-C", "led\x03", undefined, false],
  ["is given up with Ctrl-G", "led\x07", undefined, false],
  ["finds nothing", "zz\r", undefined, false],
  ["passes over keys that mean nothing", "\x1b[15~led\x1b[3~\r", "led.off()", true],
];

for (const [about, keys, line, runs] of searches) {
  Deno.test(`HistorySearch ${about}`, () => {
    const search = new HistorySearch(LINES);
    let end;
    for (const byte of encode(keys)) end = search.push(Uint8Array.of(byte));
    assertEquals([end?.line, end?.runs], [line, runs]);
  });
}

Deno.test("HistorySearch leaves keys behind its end alone", () => {
  assertEquals(new HistorySearch(LINES).push(encode("led\rab"))?.rest, encode("ab"));
});

Deno.test("HistorySearch.row() fits into a terminal", () => {
  const search = new HistorySearch(LINES);
  search.push(encode("led"));
  assertEquals(search.row({ columns: 80 }), "(history 'led') led.off()");
  assertEquals(search.row({ columns: 12 }), "(history 'l");
  search.push(encode("zz"));
  assertEquals(search.row({ columns: 80 }), "(nothing like 'ledzz')");
});
