import { alignColumns, closest } from "./text.ts";
import { deepStrictEqual as assertEquals } from "node:assert/strict";

Deno.test("alignColumns() pads all but the last column", () => {
  assertEquals(alignColumns([["a", "url"], ["long", "u"]]), ["a     url", "long  u"]);
  assertEquals(alignColumns([]), []);
});

Deno.test("closest() finds a misspelt word, and nothing that is far away", () => {
  assertEquals(closest("discvoer", ["connect", "discover"]), "discover");
  assertEquals(closest("timeit", ["connect", "discover"]), undefined);
});
