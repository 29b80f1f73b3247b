/** Deciding on Enter. */

import assert from "node:assert/strict";
import fc from "fast-check";

import { isComplete } from "./is_complete.ts";

const CASES: [string, string, string?][] = [
  // What a console holds, how it stands, and how the next line is to be indented.
  ["", "complete"],
  ["print(1)", "complete"],
  ["x = 1\ny = 2", "complete"],
  ["if x:", "incomplete", "    "],
  ["if x:  # why", "incomplete", "    "],
  ["if x:\n    y", "incomplete", "    "],
  ["if x:\n    y\n", "complete"],
  ["if x:\n    y\n\n", "complete"],
  ["if x: y", "incomplete", ""],
  ["if x: y\n", "complete"],
  ["def f():\n    return 1", "incomplete", ""],
  ["def f():\n    if x:\n        pass", "incomplete", "    "],
  ["for i in x:\n    if i:", "incomplete", "        "],
  ["@decorator", "incomplete", ""],
  ["f(1,", "incomplete", ""],
  ["f(\n    1,", "incomplete", "    "],
  ["f(1,\n2)", "complete"],
  ["x = {'a': [1, 2}", "invalid"],
  ["f(1))", "invalid"],
  ["'abc", "invalid"],
  ["'a\\'b'", "complete"],
  ["'''abc", "incomplete", ""],
  ["'''abc\ndef'''", "complete"],
  ['"""a""" + "b"', "complete"],
  ["'# no comment: ('", "complete"],
  ["x = 1  # ( is no bracket", "complete"],
  ["x = 1 + \\", "incomplete", ""],
  ["x = 1 + \\\n2", "complete"],
  ["x = {'a':", "incomplete", ""],
  ["lambda: 1", "complete"],
  ["x: int = 1", "complete"],
  ["d = {1: 2}", "complete"],
  ["%connect demo", "complete"],
  ["!ls (", "complete"],
  ["x = 1\n%name", "complete"],
  ["%%bash\nls", "incomplete", ""],
  ["%%bash\nls\n", "complete"],
];

for (const [code, status, indent] of CASES) {
  Deno.test(`isComplete(${JSON.stringify(code)}) is ${status}`, () => {
    const expected = indent === undefined ? { status } : { status, indent };
    assert.deepEqual(isComplete(code), expected);
  });
}

Deno.test("isComplete() answers for every text, and soon", () => {
  const seed = Number(Deno.env.get("FC_SEED") ?? Date.now() % 2 ** 31);
  console.log(`FC_SEED=${seed}`);
  const python = fc.array(
    fc.constantFrom("'", '"', "'''", "\\", "\n", "(", "]", "{", "#", ":", "    ", "if", "%", "a"),
    { maxLength: 200 },
  ).map((parts) => parts.join(""));
  const property = fc.property(python, (code) => {
    assert.match(isComplete(code).status, /^(complete|incomplete|invalid)$/);
  });
  fc.assert(property, { seed, numRuns: 500 });
});
