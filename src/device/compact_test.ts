import { compact } from "./compact.ts";
import { strictEqual as assertEquals } from "node:assert/strict";

Deno.test("compact() keeps what Python needs", () => {
  assertEquals(
    compact("# why\ndef f():\n    # what\n\n    if x:\n        y = '    '\n"),
    [
      "def f():",
      " if x:",
      "  y = '    '",
      "",
    ].join("\n"),
  );
});
