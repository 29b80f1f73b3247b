import { describe } from "./inspector.ts";
import { Knowledge } from "./knowledge.ts";
import { Notes } from "./notes.ts";
import { QuietTime } from "./quiet_time.ts";
import { defineCommand } from "@/commands/command.ts";
import { deepStrictEqual as assertEquals, match } from "node:assert/strict";

/** What is known about `name` from cells alone, without colours. */
async function known(cells: string[], name: string, detail = false): Promise<string | undefined> {
  const notes = new Notes();
  for (const cell of cells) {
    notes.add(cell);
    notes.keepLast();
  }
  const devices = { connected: undefined, use: () => ({ [Symbol.dispose]() {} }) };
  const greet = defineCommand({
    name: "greet",
    summary: "Say hello.",
    group: "devices",
    surfaces: ["notebook"],
    run: () => Promise.resolve(),
  });
  const data = await describe(name, {
    commands: [greet],
    cellMagics: [],
    knowledge: new Knowledge(new QuietTime(), devices),
    notes,
    detail,
    show: false,
  });
  const text = data?.["text/plain"];
  // deno-lint-ignore no-control-regex -- colours are control characters
  return text === undefined ? undefined : String(text).replaceAll(/\x1b\[[\d;]*m/g, "");
}

const signatures: [source: string, signature: string][] = [
  ["def f(): pass", "f()"],
  ["def f(a, b=(1, 2), *c, **d):\n    pass", "f(a, b=(1, 2), *c, **d)"],
  ["def f(a,  # first\n      b={':': 1}):\n    pass", "f(a, b={':': 1})"],
  ["def f(a: int, b: 'x' = 3) -> list:\n    pass", "f(a: int, b: 'x' = 3) -> list"],
  ["@d\n@e(1)\ndef f(a):\n    pass", "f(a)"],
  ["async def f(a):  # soon\n    pass", "f(a)"],
  ["def f(a): return {1: a}", "f(a)"],
  ["def f(a, b='#'):  # why: so\n    pass", "f(a, b='#')"],
  ["f = lambda a, b={1: ':'}: {a: b}", "f(a, b={1: ':'})"],
  ["f = lambda: 0", "f()"],
];

for (const [source, signature] of signatures) {
  Deno.test(`the signature of ${JSON.stringify(source)}`, async () => {
    assertEquals((await known([source], "f"))?.split("\n")[0], `Signature: ${signature}`);
  });
}

Deno.test("a class is called as its __init__ says", async () => {
  const cell =
    "class A:\n    '''It is.'''\n    def __init__(self, a, b=1):\n        pass\n    def m(self): pass";
  assertEquals(
    await known([cell], "A"),
    `Signature: A(a, b=1)\nType:      type\nDocstring: It is.\nSource:\n${cell}`,
  );
  assertEquals(
    await known([cell], "A.m"),
    "Signature: m(self)\nType:      function\nSource:\n    def m(self): pass",
  );
  assertEquals(
    await known(["class B: pass"], "B"),
    "Signature: B()\nType:      type\nSource:\nclass B: pass",
  );
});

Deno.test("the source of what is long is shown when it is asked for", async () => {
  for (const [lines, shown] of [[24, true], [25, false]] as const) {
    const cell = "def f():\n" + "    a = 1\n".repeat(lines);
    assertEquals((await known([cell], "f"))?.includes("Source:"), shown);
    assertEquals((await known([cell], "f", true))?.includes("Source:"), true);
  }
});

Deno.test("the source is the last one, shown when it is asked for", async () => {
  const cells = ["def f():\n    return 1\n", "x = 1\n\ndef f():\n    return 2\n\nx"];
  match(await known(cells, "f", true) ?? "", /Source:\ndef f\(\):\n {4}return 2$/);
  assertEquals(await known([...cells, "f = 5"], "f"), undefined);
});

Deno.test("magics show their help, and what nobody knows nothing", async () => {
  match(await known([], "%greet") ?? "", /^usage: %greet \[-h\]\n\nSay hello\./);
  assertEquals(await known([], "%other"), undefined);
  assertEquals(await known([], "%%greet"), undefined);
  assertEquals(await known([], "nobody.here"), undefined);
});
