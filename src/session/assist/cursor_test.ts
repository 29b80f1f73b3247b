import { type Cursor, cursorAt, nameAt } from "./cursor.ts";
import { deepStrictEqual as assertEquals } from "node:assert/strict";

const nothing: Cursor = { kind: "nothing" };
const name = (prefix: string): Cursor => ({ kind: "name", prefix });
const attribute = (path: string, prefix: string): Cursor => {
  const [root, ...attributes] = path.split(".");
  return { kind: "attribute", object: { root, attributes }, prefix };
};
const module = (inPackage: string, prefix: string): Cursor => ({
  kind: "module",
  inPackage,
  prefix,
});
const member = (module: string, prefix: string): Cursor => ({ kind: "member", module, prefix });
const argument = (magic: string, before: string[], prefix: string, isCell = false): Cursor => ({
  kind: "argument",
  magic,
  isCell,
  before,
  prefix,
});

/** `¶` is the cursor. */
const cursors: [text: string, cursor: Cursor][] = [
  ["¶", name("")],
  ["pri¶", name("pri")],
  ["x = pri¶nt", name("pri")],
  ["f(a, b¶", name("b")],
  ["a\nb¶\nc", name("b")],
  ["machine.¶", attribute("machine", "")],
  ["print(a.b.c¶)", attribute("a.b", "c")],
  ["x = -a . b¶", attribute("a", "b")],
  ["x = a[0].b['k.l'].c¶", {
    kind: "attribute",
    object: { root: "a", attributes: ["[0]", "b", "['k.l']"] },
    prefix: "c",
  }],
  ['print(d["a¶', { kind: "key", object: { root: "d", attributes: [] }, prefix: "a" }],
  ["d.e[-1]['¶", { kind: "key", object: { root: "d", attributes: ["e", "[-1]"] }, prefix: "" }],
  ["f()['a¶", { kind: "string", prefix: "a" }],
  ["['a¶", { kind: "string", prefix: "a" }],
  ["ün¶", name("ün")],
  ["größe.hö¶", attribute("größe", "hö")],
  ["x = ü.n¶", attribute("ü", "n")],
  ["import grö¶", module("", "grö")],
  ["def fü¶", nothing],
  ["f(x).y¶", nothing],
  ["f(x).y.z¶", nothing],
  ["f(x)[0].¶", nothing],
  ["a[i].¶", nothing],
  ["3.¶", nothing],
  ["12¶", nothing],
  ["'abc'.up¶", attribute('""', "up")],
  ["b'abc'.¶", attribute('b""', "")],
  ["import ma¶", module("", "ma")],
  ["import a, b.c¶", module("b", "c")],
  ["import a as b, c¶", module("", "c")],
  ["x = 1; import os.¶", module("os", "")],
  ["from ma¶", module("", "ma")],
  ["from machine i¶", name("i")],
  ["from machine import ¶", member("machine", "")],
  ["from a.b import c, D¶", member("a.b", "D")],
  ["from a import (b,\n  c¶", member("a", "c")],
  ["import a as b¶", nothing],
  ["def fo¶", nothing],
  ["class Fo¶", nothing],
  ["# pri¶", nothing],
  ["x = 1  # pri¶", nothing],
  ["x = '#'; pri¶", name("pri")],
  ["open('/li¶", { kind: "string", prefix: "/li", opens: true }],
  ["os.remove( 'li¶", { kind: "string", prefix: "li", opens: true }],
  ["reopen('li¶", { kind: "string", prefix: "li" }],
  ["'''a\n/li¶", { kind: "string", prefix: "/li" }],
  ["%co¶", { kind: "magic", prefix: "%co", cellToo: true }],
  ["a = 1\n%co¶", { kind: "magic", prefix: "%co", cellToo: false }],
  ["%%co¶", { kind: "magic", prefix: "%%co", cellToo: true }],
  ["x = (\n%co¶", name("co")],
  ["%connect ¶", argument("connect", [], "")],
  ["%connect -q si¶", argument("connect", ["-q"], "si")],
  ["%%connect --a¶", argument("connect", [], "--a", true)],
  ["%%connect\npri¶", name("pri")],
  ["%%bash\npri¶", nothing],
  ["!ls ab¶", { kind: "shell", prefix: "ab" }],
  ["!l¶", { kind: "shell", prefix: "l" }],
];

for (const [text, cursor] of cursors) {
  Deno.test(`cursorAt() on ${JSON.stringify(text)}`, () => {
    assertEquals(cursorAt(text.replace("¶", ""), text.indexOf("¶")), cursor);
  });
}

const names: [text: string, name: string | undefined][] = [
  ["pri¶nt", "print"],
  ["print¶", "print"],
  ["¶print", "print"],
  ["a.b¶.c", "a.b"],
  ["a.b.c¶.d", "a.b.c"],
  ["f(1, ¶", "f"],
  ["a.f(g(1), '(', ¶", "a.f"],
  ["f([1, ¶", undefined],
  ["x = ¶ + 1", undefined],
  ["%connect si¶", "%connect"],
  ["%%conn¶ect --all", "%%connect"],
  ["a\nb¶\nc", "b"],
  ["12¶", undefined],
  ["f(1,\n  ¶", "f"],
  ["x = a.f(1,  # (\n  g(2),\n  ')',\n¶", "a.f"],
  ["f(1)\n¶", undefined],
  ["f(1,\n  [¶", undefined],
  ["x = ünï¶ + 1", "ünï"],
];

for (const [text, expected] of names) {
  Deno.test(`nameAt() on ${JSON.stringify(text)}`, () => {
    assertEquals(nameAt(text.replace("¶", ""), text.indexOf("¶")), expected);
  });
}
