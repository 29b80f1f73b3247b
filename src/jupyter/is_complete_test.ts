/** Deciding on Enter. */

import assert from "node:assert/strict";
import fc from "fast-check";

import { parseCell } from "@/session/cell.ts";
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
  ["%name it's\nprint(2)", "complete"],
  ["!echo '(\nif x:", "incomplete", "    "],
  ["if x:\n    y\n%name", "complete"],
  ["'''a\n%name", "incomplete", ""],
  ["x = (7\n% 4", "incomplete", ""],
  ["x = 7 \\\n% 4", "complete"],
  ["x = 1\n%%bash", "invalid"],
  ["f(1))\n%name", "invalid"],
  ["if x == 'a': y", "incomplete", ""],
  ["x = 1 + \\\n", "incomplete", ""],
  ["'abc\\", "incomplete", ""],
  ["if x:\r\n    y", "incomplete", "    "],
  ["\n%%bash\nls", "incomplete", ""],
  ["%%bash\nls", "incomplete", ""],
  ["%%bash\nls\n", "complete"],
];

for (const [code, status, indent] of CASES) {
  Deno.test(`isComplete(${JSON.stringify(code)}) is ${status}`, () => {
    const expected = indent === undefined ? { status } : { status, indent };
    assert.deepEqual(isComplete(code), expected);
  });
}

Deno.test("isComplete() takes a last line for a magic where the session does", () => {
  const seed = Number(Deno.env.get("FC_SEED") ?? Date.now() % 2 ** 31);
  console.log(`FC_SEED=${seed}`);
  const line = fc.constantFrom(
    "x = 1",
    "s = '''",
    "'''",
    "f(",
    ")",
    "y = 2 \\",
    "%a it's (",
    "!b '''",
    "'# '",
  );
  const property = fc.property(fc.array(line, { maxLength: 12 }), (above) => {
    // As Python it opens a bracket, or stands in a string; as a magic it is whole.
    const cell = [...above, "%name ("].join("\n");
    const isMagic = parseCell(cell).at(-1)?.kind === "line";
    const { status } = isComplete(cell);
    assert.ok(status === "invalid" || status === (isMagic ? "complete" : "incomplete"), cell);
  });
  fc.assert(property, { seed, numRuns: 500 });
});

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
