import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import { UsageError } from "@/base/errors.ts";
import { words } from "./words.ts";

const CASES: Record<string, string[]> = {
  "": [],
  "a 'b c' d\\ e": ["a", "b c", "d e"],
  "-q a # the kitchen's": ["-q", "a"],
  "# nothing": [],
  "'a # b' \"c # d\" # e": ["a # b", "c # d"],
  "a#b #c d# e": ["a#b", "#c", "d#", "e"],
  "\\# a": ["#", "a"],
};

for (const [text, expected] of Object.entries(CASES)) {
  Deno.test(`words() of ${JSON.stringify(text)}`, async () => {
    assertEquals(await words(text), expected);
  });
}

Deno.test("words() names a quote that is not closed", async () => {
  await rejects(words("a 'b"), UsageError);
});
