/** What counts as the same output, and how a difference reads. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Output } from "@/jupyter/notebook.ts";
import { diffLines } from "./diff.ts";
import { outputLines } from "./lines.ts";
import { exactPatterns, readPatterns } from "./patterns.ts";

const NAMES = { expected: "stored", actual: "this run" };

function printed(text: string | string[], name = "stdout"): Output {
  return { output_type: "stream", name, text };
}

function shown(data: Record<string, unknown>, output_type = "display_data"): Output {
  return { output_type, data, metadata: {} };
}

/** The difference between outputs; undefined where they count as the same. */
function exact(stored: Output[], actual: Output[]): string | undefined {
  return diffLines(exactPatterns(outputLines(stored)), outputLines(actual), NAMES);
}

/** The difference between a printed pattern and a printed text. */
function pattern(stored: string, actual: string): string | undefined {
  const patterns = readPatterns(outputLines([printed(stored)]));
  return diffLines(patterns, outputLines([printed(actual)]), NAMES);
}

const ALIKE: Readonly<Record<string, readonly [stored: Output[], actual: Output[]]>> = {
  "lines as a list and as a text": [[printed(["a\n", "b\n"])], [printed("a\nb\n")]],
  "a stream in one piece and in several": [[printed("ab")], [printed("a"), printed("b")]],
  "streams that mingle in another way": [
    [printed("a\n"), printed("w\n", "stderr"), printed("b\n")],
    [printed("a\nb\n"), printed("w\n", "stderr")],
  ],
  "other ends of lines, blanks at them, and empty lines at the end": [
    [printed("a\r\nb  \n\n")],
    [printed("a\nb")],
  ],
  "colours": [[printed("\x1b[0;31mred\x1b[0m")], [printed("red")]],
  "objects elsewhere in memory": [
    [printed("<Pin at 0x3fce1a30> <bound_method 20001234 <A object at 20000f40>.<f>>")],
    [printed("<Pin at 0x20001234> <bound_method 7f0012345678 <A object at 20000f60>.<f>>")],
  ],
  "nothing, and empty text": [[], [printed(""), shown({ "text/plain": "" })]],
  "images of other pixels": [[shown({ "image/png": "AAAA" })], [shown({ "image/png": "BBBB" })]],
  "JSON in another order": [
    [shown({ "application/json": { a: 1, b: { c: [2], d: 3 } } })],
    [shown({ "application/json": { b: { d: 3, c: [2] }, a: 1 } })],
  ],
  "results by another number": [
    [{ ...shown({ "text/plain": "1" }, "execute_result"), execution_count: 3 }],
    [{ ...shown({ "text/plain": "1" }, "execute_result"), execution_count: 9 }],
  ],
  "errors with another traceback": [
    [{ output_type: "error", ename: "OSError", evalue: "2", traceback: ["a"] }],
    [{ output_type: "error", ename: "OSError", evalue: "2", traceback: ["b"] }],
  ],
};

const DIFFERENT: Readonly<Record<string, readonly [stored: Output[], actual: Output[]]>> = {
  "another line": [[printed("a\n")], [printed("b\n")]],
  "a line too few": [[printed("a\nb\n")], [printed("a\n")]],
  "nothing": [[printed("a")], []],
  "the other stream": [[printed("a")], [printed("a", "stderr")]],
  "a display for a result": [[shown({ "text/plain": "1" }, "execute_result")], [
    shown({ "text/plain": "1" }),
  ]],
  "an image of another type": [[shown({ "image/png": "" })], [shown({ "image/svg+xml": "" })]],
  "no image": [[shown({ "image/png": "AAAA" })], []],
  "other JSON": [
    [shown({ "application/json": { a: 1 } })],
    [shown({ "application/json": { a: 2 } })],
  ],
  "text before and behind a display": [
    [printed("a"), shown({ "text/plain": "x" })],
    [shown({ "text/plain": "x" }), printed("a")],
  ],
  "another error": [
    [{ output_type: "error", ename: "OSError", evalue: "2", traceback: [] }],
    [{ output_type: "error", ename: "OSError", evalue: "28", traceback: [] }],
  ],
  "a number that is no address": [[printed("at 0x20001234")], [printed("at 0x20001235")]],
};

for (const [what, [stored, actual]] of Object.entries(ALIKE)) {
  Deno.test(`outputs count as the same: ${what}`, () => {
    assert.equal(exact(stored, actual), undefined);
  });
}

for (const [what, [stored, actual]] of Object.entries(DIFFERENT)) {
  Deno.test(`outputs differ: ${what}`, () => {
    assert.match(
      exact(stored, actual) ?? "",
      /^--- stored\n\+\+\+ this run\n@@ .*\n(?:.*\n)*?[-+]/,
    );
  });
}

Deno.test("patterns match text within lines, any lines, and whole lines by expression", () => {
  const cases: [stored: string, actual: string, isMatch: boolean][] = [
    ["took … ms", "took 12.5 ms", true],
    ["took … ms", "took 12.5 s", false],
    ["a…b…a", "aba", true],
    ["a…a", "a", false],
    ["/\\d+ Hz/", "160000000 Hz", true],
    ["/\\d+ Hz/", "about 160000000 Hz", false],
    ["/a|b/", "b", true],
    ["first\n…\nlast", "first\nlast", true],
    ["first\n…\nlast", "first\n1\n2\n\n3\nlast", true],
    ["first\n…\nlast", "first\n1\n2", false],
    ["…\nx\n…\ny", "x\n1\nx\n2\ny", true],
    ["…", "", false], // something must have been put out on this stream
    ["this will fail ...", "this will fail ...", true],
    ["<Pin object at 20000f40> …", "<Pin object at 3ffc0010> is high", true],
  ];
  for (const [stored, actual, isMatch] of cases) {
    assert.equal(pattern(stored, actual) === undefined, isMatch, JSON.stringify([stored, actual]));
  }
});

Deno.test("a pattern that stands for lines does not reach into another output", () => {
  const patterns = readPatterns(outputLines([printed("…\n")]));
  const actual = outputLines([printed("a\n"), printed("oops\n", "stderr")]);
  assert.match(diffLines(patterns, actual, NAMES) ?? "", /^\+\[stderr\]$/m);
});

Deno.test("readPatterns() refuses an expression that is none", () => {
  assert.throws(() => readPatterns(outputLines([printed("/(/")])), SyntaxError);
});

Deno.test("diffLines() shows three equal lines around a difference, with its place", () => {
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
  const other = lines.with(9, "else");
  assert.equal(
    exact([printed(lines.join("\n"))], [printed(other.join("\n"))]),
    [
      ...["--- stored", "+++ this run", "@@ -8,7 +8,7 @@"],
      ...[" line 7", " line 8", " line 9", "-line 10", "+else", " line 11", " line 12", " line 13"],
    ].join("\n"),
  );
});

Deno.test("diffLines() ends in time on huge outputs and shows a part of them", () => {
  const many = (word: string) => Array.from({ length: 20_000 }, (_, at) => word + at).join("\n");
  const diff = exact([printed(many("a"))], [printed(many("b") + "x".repeat(10_000))])!;
  assert.ok(diff.length < 10_000, `${diff.length} characters`);
  assert.match(diff, /… \d+ more lines of the difference$/);
});

Deno.test("diffLines() makes of what is expected what came", () => {
  const texts = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
  fc.assert(fc.property(texts, texts, (stored, actual) => {
    const before = ["same", ...stored, "end"];
    const after = ["same", ...actual, "end"];
    const diff = exact([printed(before.join("\n"))], [printed(after.join("\n"))]);
    if (diff === undefined) return assert.deepEqual(before, after);
    const edits = diff.split("\n").slice(2).filter((line) => !line.startsWith("@@"));
    const removed = edits.filter((line) => line.startsWith("-")).length;
    const added = edits.filter((line) => line.startsWith("+")).length;
    assert.equal(after.length - before.length, added - removed);
    assert.notDeepEqual(before, after);
  }));
});
