import { namesInCell } from "./cell_names.ts";
import { deepStrictEqual as assertEquals } from "node:assert/strict";

const bindings: [cell: string, bound: Record<string, string>][] = [
  ["a = 1", { a: "instance" }],
  ["a = b = c == d", { a: "instance", b: "instance" }],
  ["a, (b, *c) = x", { a: "instance", b: "instance", c: "instance" }],
  ["a: int = 1; b = 2", { a: "instance", b: "instance" }],
  ["a.b = 1\nc[d] = 2", {}],
  ["f(a=1)\n[x for x in y]", {}],
  ["a += 1", {}],
  ["größe, (ü, x) = 1, 2\nfor ñ in y: z = 3\ndef fü(): pass", {
    größe: "instance",
    ü: "instance",
    x: "instance",
    ñ: "instance",
    z: "instance",
    fü: "function",
  }],
  ["import ä.b, c as ö\nfrom é import è as ê\ndel ö", {
    ä: "module",
    ê: "instance",
  }],
  ["import os, a.b, c as d", { os: "module", a: "module", d: "module" }],
  ["from m import (x,\n  y as z)", { x: "instance", z: "instance" }],
  ["from m import *", {}],
  ["for i, j in x: k = 1", { i: "instance", j: "instance", k: "instance" }],
  ["with open(a) as f:\n    g = 1", { f: "instance", g: "instance" }],
  ["def f(a=1):\n    b = 2\nclass C:\n    d = 3", { f: "function", C: "class" }],
  ["if x:\n    def f(): pass\nelse:\n    a = 1", { f: "function", a: "instance" }],
  ["a = 1\ndel a", {}],
  ["s = '''\nx = 1\n'''", { s: "instance" }],
  ["%name\na = 1\n!ls\nb = 2", { a: "instance", b: "instance" }],
  ["a = 1\n%%plot", {}],
  ["%%plot\na = 1", { a: "instance" }],
  ["%%writefile x.py\na = 1", {}],
];

for (const [cell, bound] of bindings) {
  Deno.test(`namesInCell() on ${JSON.stringify(cell)}`, () => {
    assertEquals(Object.fromEntries(namesInCell(cell).bound), bound);
  });
}

Deno.test("namesInCell() knows what is imported, by its last name", () => {
  const cell =
    "import sys, a.b, a.b as c\nimport os as o\nfrom m.n import (x,\n  y as z)\nimport t, u\n" +
    "t = 1\ndel u\ndef f():\n    import v\n";
  assertEquals(Object.fromEntries(namesInCell(cell).imports), {
    sys: { module: "sys" },
    a: { module: "a" },
    c: { module: "a.b" },
    o: { module: "os" },
    x: { module: "m.n", member: "x" },
    z: { module: "m.n", member: "y" },
  });
});

Deno.test("namesInCell() knows where definitions begin and end", () => {
  const cell = "%name\n@d\ndef f(a,\n      b):\n    '''\ntext\n    '''\n    def g(): pass\n" +
    "    # last\n\nclass C:\n    def m(self):\n        return (\n1)\n\nf()\n";
  const found = namesInCell(cell).definitions.map((
    { name, line, endLine, inside, decorated },
  ) => [name, line, endLine, inside.join("."), decorated]);
  assertEquals(found, [
    ["g", 8, 8, "f", false],
    ["f", 3, 8, "", true],
    ["m", 12, 14, "C", false],
    ["C", 11, 14, "", false],
  ]);
  const [, f] = namesInCell(cell).definitions;
  assertEquals(f.source.split("\n")[0], "@d");
});
