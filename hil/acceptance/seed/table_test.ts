/** docs/seed.md: the table of what the specification says, and the test of each. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { ROOT } from "../support/product.ts";
import { SEED_CELLS } from "./cells.ts";
import { GENERAL_RULES, RULES } from "./rules.ts";

/** A file of tests, and how the name of one of them begins. */
const NAMED_TEST = /`((?:hil|src)\/[\w/]+_test\.ts)` "([^"]+)"/g;

/** `example 3`, `examples 6, 7 and 20`, `examples 12 to 18`. */
const EXAMPLES = /\bexamples? (\d+(?:(?:, | and | to )\d+)*)/g;

/** The right column of every row of the chapters that map lines to tests. */
async function tests(): Promise<string[]> {
  const text = await Deno.readTextFile(`${ROOT}docs/seed.md`);
  const table = text.slice(text.indexOf("## Every line"));
  const rows = [...table.matchAll(/^\| (.*?) +\| (.*?) +\|$/gm)].map(([, , column]) => column);
  return rows.filter((column) => column !== "test" && !column.startsWith("---"));
}

/** The numbers that a list of examples stands for. */
function numbersOf(list: string): number[] {
  return list.split(/, | and /).flatMap((part) => {
    const [first, last = first] = part.split(" to ").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

Deno.test("docs/seed.md has a test in every row, and a row for every example", async () => {
  const rows = await tests();
  ok(rows.length > 50, `${rows.length} rows`);
  for (const row of rows) match(row, /\bexamples? \d|_test\.ts` "|set-up/);
  const numbers = rows.flatMap((row) => [...row.matchAll(EXAMPLES)])
    .flatMap(([, list]) => numbersOf(list));
  assertEquals(
    [...new Set(numbers)].sort((a, b) => a - b),
    SEED_CELLS.map((_, index) => index + 1),
  );
});

Deno.test("docs/seed.md names only tests that there are", async () => {
  for (const row of await tests()) {
    for (const [, file, name] of row.matchAll(NAMED_TEST)) {
      const source = await Deno.readTextFile(`${ROOT}${file}`);
      ok(source.includes(name), `${file} has no test that begins with "${name}"`);
    }
  }
});

Deno.test("docs/seed.md lists all that an output may differ in", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/seed.md`);
  const table = text.slice(0, text.indexOf("## Every line"));
  const listed = [...table.matchAll(/^\| (.*?) +\|/gm)].map(([, name]) => name);
  assertEquals(
    listed.filter((name) => name !== "rule" && !name.startsWith("---")),
    [...Object.keys(GENERAL_RULES), ...Object.keys(RULES)],
  );
});
