/** What a session knows about a board: results, completion, inspection and tracebacks. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import { PROFILES } from "../mocks/profiles.ts";
import {
  completions,
  DEADLINE_MS,
  inspected,
  Notebook,
  NotebookSink,
  plain,
  TOUCHY,
} from "./assist_testing.ts";

for (const { name: profile } of PROFILES) {
  Deno.test(`a cell's last expression is its result on a simulated ${profile}`, async () => {
    await using notebook = new Notebook(profile);
    const { run } = { run: (cell: string) => notebook.run(cell) };
    assertEquals((await run("6 * 7")).results, ["42"]);
    assertEquals((await run("print('out')\n'a\\nb'")).results, ["'a\\nb'"]);
    assertEquals((await run("[\n  1,\n  2]  # two")).results, ["[1, 2]"]);
    assertEquals((await run("_ + [3]")).results, ["[1, 2, 3]"]);
    assertEquals((await run("None")).results, []);
    assertEquals((await run("_;")).results, []);
    assertEquals((await run("n = 0\ndef f():\n  global n\n  n += 1\n  return n\nf()")).results, [
      "1",
    ]);
    assertEquals((await run("n")).results, ["1"]);
    const { results: [all] } = await run("globals()");
    ok(!String(all).includes("_iot"), String(all));
  });
}

Deno.test("a result is that of the last step, on the notebook's surface", async () => {
  await using notebook = new Notebook();
  const { results, stdout } = await notebook.run("1\n%name\n2");
  assertEquals([results, stdout], [["2"], "a\n"]);
  assertEquals((await notebook.run("3\n%name")).results, []);
});

Deno.test("the shell shows no results", async () => {
  await using notebook = new Notebook("esp32", {}, "shell");
  assertEquals((await notebook.run("print(1)\n2")).results, []);
});

Deno.test("an exception in repr is the cell's, and what follows works", async () => {
  await using notebook = new Notebook();
  const cell = "class A:\n    def __repr__(self):\n        return 1 / 0\nA()";
  const { outcome, results, traceback } = await notebook.run(`\n${cell}`);
  ok(outcome.status === "error");
  assertEquals([outcome.ename, results], ["ZeroDivisionError", []]);
  match(traceback, /line 5, in <module>\n {4}A\(\)\n.*line 4, in __repr__\n {4}return 1 \/ 0\n/);
  assertEquals((await notebook.run("'_iot_value' in globals()")).results, ["False"]);
});

Deno.test("an enormous result is cut off, and the session goes on", async () => {
  await using notebook = new Notebook();
  const cell = "class A:\n    def __repr__(self):\n" +
    "        while True: print('x' * 1000)\nA()";
  const { results: [text], outcome } = await notebook.run(cell);
  assertEquals(outcome.status, "ok");
  ok(String(text).length < 1_010_000);
  match(String(text).slice(-60), /x…\n\(cut off after 1000000 bytes\)$/);
  assertEquals((await notebook.run("1")).results, ["1"]);
});

Deno.test("a result can be interrupted", async () => {
  await using notebook = new Notebook();
  const cell = "class A:\n    def __repr__(self):\n        print('in', 'repr')\n" +
    "        while True: pass\nA()";
  const stop = new AbortController();
  const sink = new NotebookSink();
  const running = notebook.session.run(cell, sink, { signal: stop.signal });
  await notebook.hears("in repr");
  stop.abort(new Interrupted());
  ok(await within(DEADLINE_MS, running), "it goes on");
  const outcome = await running;
  ok(outcome.status === "error" && outcome.exitCode === 130);
  assertEquals(sink.results, []);
  assertEquals((await notebook.run("1")).results, ["1"]);
});

for (const { name: profile } of PROFILES) {
  Deno.test(`a cell on a simulated ${profile} that takes an interrupt itself is well`, async () => {
    await using notebook = new Notebook(profile);
    const stop = new AbortController();
    const sink = new NotebookSink();
    const write = sink.write.bind(sink);
    sink.write = (stream, data) => {
      stop.abort(new Interrupted());
      return write(stream, data);
    };
    const cell = "try:\n    print('on')\n    while True: pass\n" +
      "except KeyboardInterrupt:\n    print('stopped')\nx = 5\nx + 1";
    const outcome = await notebook.session.run(cell, sink, { signal: stop.signal });
    assertEquals(outcome, { status: "ok" });
    assertEquals([sink.stdout, sink.results], ["on\nstopped\n", ["6"]]);
  });
}

Deno.test("what is wrong with a cell looks as if it had been run as written", async () => {
  await using notebook = new Notebook();
  const wrong = [
    "print 1",
    "1 +",

    "x y",
    "a = 1\nb c\n",
    "lambda",
    "1 if 2",
    "not",
    "yield 1",
  ];
  for (const cell of [...wrong, "missing", "1/0", "(\n1/0\n)"]) {
    const asWritten = await notebook.run(`${cell}\n%name`);
    const { outcome } = await notebook.run(cell);
    assertEquals(outcome, asWritten.outcome, cell);
    ok(outcome.status === "error", cell);
  }
});

Deno.test("Session.evaluate() gives values, and what is wrong with expressions", async () => {
  await using notebook = new Notebook();
  const { signal } = new AbortController();
  const evaluate = async (expression: string) => {
    const value = await notebook.session.evaluate(expression, { signal });
    return value.status === "ok" ? value.data["text/plain"] : value.ename;
  };
  await notebook.run("x = 20\ndef loud():\n    print('loud')\n    return 'é'");
  assertEquals(await evaluate("x + 1"), "21");
  assertEquals(await evaluate("None"), "None");
  assertEquals(await evaluate("loud()"), "'\\xe9'");
  assertEquals(await evaluate("x  # twenty"), "20");
  assertEquals(await evaluate("missing"), "NameError");
  // Nobody is asked beside a cell.
  assertEquals(await evaluate("input('why? ')"), "StdinNotImplementedError");
  assertEquals(await evaluate("x"), "20");
  for (const wrong of ["x = 1", "", "x +", "1)); print((2", "x; x"]) {
    assertEquals(await evaluate(wrong), "SyntaxError", wrong);
  }
  assertEquals(await evaluate("'a' * 30000"), `'${"a".repeat(19_999)}…`);
  assertEquals((await notebook.run("x")).results, ["20"]);
});

Deno.test("inspection knows signatures, docstrings and sources of what cells define", async () => {
  await using notebook = new Notebook();
  await notebook.run(TOUCHY);
  match(await inspected(notebook, "Sensor¶"), /Signature: Sensor\(\)\nType: +type/);
  const method = await inspected(notebook, "sensor.read(¶", 1);
  match(method, /Signature: read\(times=1\)/);
  match(method, /Docstring:\nHow warm it is\.\n\nIn degrees\./);
  match(method, /Source:\n {4}def read\(self, times=1\):\n/);
  match(await inspected(notebook, "Sensor.read¶"), /Signature: read\(self, times=1\)/);
  match(await inspected(notebook, "print¶"), /Type: +function/);
  assertEquals(await inspected(notebook, "nobody¶"), "");
  match(await inspected(notebook, "%connect¶ sim"), /^usage: %connect/);
  // Another thing has the name now: its source is not this one's.
  await notebook.run("read = Sensor.read\nSensor = 5");
  match(await inspected(notebook, "Sensor¶"), /^Type: +int\nValue: +5$/);
  assertEquals((await notebook.run("touched")).results, ["[]"]);
});

Deno.test("a keyword is nothing to inspect, and keeps nobody from asking on", async () => {
  await using notebook = new Notebook();
  await notebook.run("import os");
  for (const word of ["for¶", "if¶", "return¶", "os.lambda¶"]) {
    assertEquals(await inspected(notebook, word), "");
  }
  assertEquals(await completions(notebook, "os.listd¶"), ["listdir"]);
  match(await inspected(notebook, "None¶"), /^Type: +NoneType/);
});

Deno.test("name? and name?? show what is known in a pager", async () => {
  await using notebook = new Notebook();
  await notebook.run("def f(a):\n    return a\nx = 5");
  const { pages: [x], outcome } = await notebook.run("x?");
  assertEquals(outcome.status, "ok");
  match(plain(x["text/plain"]), /Type: +int\nValue: +5/);
  const { pages: [f] } = await notebook.run("f??");
  match(plain(f["text/plain"]), /Source:\ndef f\(a\):\n {4}return a$/);
  const { pages: [magic] } = await notebook.run("?%connect");
  match(plain(magic["text/plain"]), /^usage: %connect/);
  const { pages, stdout } = await notebook.run("nobody?");
  assertEquals([pages.length, stdout], [0, 'Nothing is known about "nobody".\n']);
});

Deno.test("tracebacks show the lines that are known", async () => {
  await using notebook = new Notebook();
  const first = await notebook.run(
    "%connect -q sim://a\n\ndef f(x):\n    return 1 / x\n%name\nf(0)",
  );
  assertEquals(first.traceback.split("\n"), [
    "Traceback (most recent call last):",
    '  File "<stdin>", line 6, in <module>',
    "    f(0)",
    '  File "<stdin>", line 4, in f',
    "    return 1 / x",
    "ZeroDivisionError: divide by zero",
  ]);
  // The function of an earlier cell, called by its name, and one whose name it is no more.
  match(
    (await notebook.run("1\nf(0)")).traceback,
    /line 2, in <module>\n {4}f\(0\)\n.*\n {4}return 1/,
  );
  await notebook.run("old = f\ndef f(x):\n    pass\n    return x");
  const { traceback } = await notebook.run("old(0)");
  match(traceback, /line 4, in f\nZeroDivisionError/);
  // Nor is code that is no cell's.
  match(
    (await notebook.run("exec('1/0')")).traceback,
    /File "<string>", line 1, in <module>\nZero/,
  );
});

Deno.test("a syntax error shows its line", async () => {
  await using notebook = new Notebook();
  const { traceback } = await notebook.run("a = 1\nb = = 2\n");
  match(traceback, /line 2\n {4}b = = 2\nSyntaxError: invalid syntax$/);
});

Deno.test("a syntax error that a magic made says where magics stand", async () => {
  await using notebook = new Notebook();
  for (const cell of ["if True:\n    %name", "a = %name", "for i in range(3):\n    !ls"]) {
    match((await notebook.run(cell)).traceback, /SyntaxError.*\nMagics .* at the start of a line/);
  }
  ok(!(await notebook.run("a = 7 % = 3")).traceback.includes("Magics"));
});
