/** Reading and writing notebook files. */

import assert from "node:assert/strict";

import { UsageError } from "@/base/errors.ts";

import { formatNotebook, hasTag, isCode, parseNotebook, sourceOf } from "./notebook.ts";

/** As nbformat writes it: sorted keys, one space, lists of lines. */
const FILE = `{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "a",
   "metadata": {},
   "source": [
    "# Title\\n",
    "text"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 1,
   "id": "b",
   "metadata": {
    "tags": [
     "raises-exception"
    ]
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "ä\\n",
      "b"
     ]
    }
   ],
   "source": []
  }
 ],
 "metadata": {
  "custom": {
   "kept": true
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
`;

Deno.test("formatNotebook() gives back what nbformat wrote", () => {
  assert.equal(formatNotebook(parseNotebook(FILE, "f")), FILE);
});

Deno.test("formatNotebook() splits texts of outputs into lines, and leaves JSON alone", () => {
  const notebook = parseNotebook(FILE, "f");
  const [, cell] = notebook.cells;
  assert.ok(isCode(cell));
  const data = { "text/plain": "a\nb", "application/json": { x: "a\nb" } };
  cell.outputs = [
    { output_type: "stream", name: "stdout", text: "a\nb\n" },
    { output_type: "display_data", data, metadata: {} },
  ];
  const { cells } = JSON.parse(formatNotebook(notebook));
  assert.deepEqual(cells[1].outputs[0].text, ["a\n", "b\n"]);
  assert.deepEqual(cells[1].outputs[1].data, {
    "text/plain": ["a\n", "b"],
    "application/json": { x: "a\nb" },
  });
});

Deno.test("formatNotebook() ends lines where Python does, and sorts keys as text", () => {
  const notebook = parseNotebook(FILE, "f");
  const [cell] = notebook.cells;
  cell.source = "a\rb\r\nc\u2028d\n\n";
  notebook.metadata = { "9": 1, "10": 2 };
  const text = formatNotebook(notebook);
  assert.deepEqual(JSON.parse(text).cells[0].source, ["a\r", "b\r\n", "c\u2028", "d\n", "\n"]);
  assert.match(text, /"metadata": \{\n {2}"10": 2,\n {2}"9": 1\n \}/);
});

Deno.test("a cell's source and tags are read", () => {
  const [text, code] = parseNotebook(FILE, "f").cells;
  assert.equal(sourceOf(text), "# Title\ntext");
  assert.equal(sourceOf(code), "");
  assert.equal(hasTag(code, "raises-exception"), true);
  assert.equal(hasTag(text, "raises-exception"), false);
});

const BAD: [string, string, RegExp][] = [
  ["text", "hello", /not JSON/],
  ["a list", "[]", /dictionary/],
  ["format 3", '{"nbformat": 3}', /nbformat is 3, not 4/],
  ["no format", "{}", /nbformat is missing/],
  ["no metadata", '{"nbformat": 4, "cells": []}', /metadata/],
  ["no cells", '{"nbformat": 4, "metadata": {}}', /cells/],
  ["a cell that is none", '{"nbformat": 4, "metadata": {}, "cells": [{}]}', /cell 1/],
];
for (const [name, text, message] of BAD) {
  Deno.test(`parseNotebook() refuses ${name}, and names the file`, () => {
    assert.throws(
      () => parseNotebook(text, "x.ipynb"),
      (error) =>
        error instanceof UsageError && message.test(error.message) &&
        /x\.ipynb/.test(error.message),
    );
  });
}
