/** What a session knows about a board: results, completion, inspection and tracebacks. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import type { MimeBundle } from "@/base/mime.ts";
import { MemorySink } from "@/base/sink.ts";
import type { Surface } from "@/commands/command.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { Session } from "@/session/session.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { type Link, simulatedScheme } from "@/transport/simulated.ts";
import { SimulatedBoard } from "../mocks/board.ts";
import { PROFILES } from "../mocks/profiles.ts";

/** Nothing in these tests may take longer. */
const DEADLINE_MS = 30_000;

/** Keeps results and pages apart from what is printed. */
class NotebookSink extends MemorySink {
  readonly results: unknown[] = [];
  readonly pages: MimeBundle[] = [];

  override result(data: MimeBundle): Promise<void> {
    this.results.push(data["text/plain"]);
    return Promise.resolve();
  }

  override page(data: MimeBundle): Promise<void> {
    this.pages.push(data);
    return Promise.resolve();
  }
}

/** A notebook whose simulated boards are of one kind. */
class Notebook implements AsyncDisposable {
  readonly session: Session;
  /** How many bytes were sent to boards. */
  sentBytes = 0;
  readonly #boards = new Map<string, SimulatedBoard>();
  #heard = "";
  #onHeard = () => {};

  constructor(
    profile = "esp32",
    variables: Record<string, string> = {},
    surface: Surface = "notebook",
  ) {
    const simulated = simulatedScheme({
      connect: async (name) => {
        const board = this.#boards.get(name) ?? await SimulatedBoard.start({ name, profile });
        this.#boards.set(name, board);
        return this.#overhear(await board.connect());
      },
      running: () => [...this.#boards.keys()],
    });
    this.session = new Session({
      commands: COMMANDS,
      cellMagics: CELL_MAGICS,
      schemes: new Map([...BUILT_IN_SCHEMES, ["sim", simulated]]),
      environment: new Environment({ IOT_PORTS: "sim://a", ...variables }),
      surface,
      // A test must not stop what runs on this computer's boards.
      listUsbPorts: () => Promise.resolve([]),
    });
  }

  /** Runs a cell; what it printed, showed and raised. */
  async run(cell: string, signal = new AbortController().signal) {
    const sink = new NotebookSink();
    const outcome = await this.session.run(cell, sink, { signal });
    const { stdout, results, pages } = sink;
    const traceback = outcome.status === "error" ? outcome.traceback.join("\n") : "";
    return { outcome, stdout, results, pages, traceback };
  }

  /** Waits until a board has sent `text`, whatever becomes of it. */
  async hears(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onHeard = () => {
      if (this.#heard.includes(text)) resolve();
    };
    this.#onHeard();
    ok(await within(DEADLINE_MS, promise), `the board never said "${text}"`);
  }

  #overhear(link: Link): Link {
    const decoder = new TextDecoder();
    return {
      read: async () => {
        const bytes = await link.read();
        if (bytes !== null) this.#heard += decoder.decode(bytes, { stream: true });
        this.#onHeard();
        return bytes;
      },
      write: (data) => {
        this.sentBytes += data.length;
        return link.write(data);
      },
      close: () => link.close(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    for (const board of this.#boards.values()) await board[Symbol.asyncDispose]();
  }
}

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

/** The texts that complete `text` at `¶`. */
async function completions({ session }: Notebook, text: string): Promise<string[]> {
  const { matches } = await session.complete(text.replace("¶", ""), text.indexOf("¶"));
  return matches.map(({ text }) => text);
}

/** What is known about the name in `text` at `¶`, without colours. */
async function inspected({ session }: Notebook, text: string, detail: 0 | 1 = 0): Promise<string> {
  const data = await session.inspect(text.replace("¶", ""), text.indexOf("¶"), { detail });
  return plain(data?.["text/plain"]);
}

function plain(text: unknown): string {
  // deno-lint-ignore no-control-regex -- colours are control characters
  return String(text ?? "").replaceAll(/\x1b\[[\d;]*m/g, "");
}

/** Things on a board that notice when they are touched. */
const TOUCHY = `
touched = []
class Sensor:
    "Reads."
    unit = "C"
    def __init__(self):
        self.count = 3
    @property
    def value(self):
        touched.append("value")
        return 1
    def read(self, times=1):
        """How warm it is.

        In degrees.
        """
        return self.count * times
    def __getattr__(self, name):
        touched.append(name)
        raise AttributeError(name)
    def __repr__(self):
        touched.append("repr")
        return "a sensor"
    def __dir__(self):
        touched.append("dir")
        return []
sensor = Sensor()
numbers = [1, 2, {"a": b"b"}]
`;

for (const { name: profile } of PROFILES) {
  Deno.test(`completion and inspection call nothing on a simulated ${profile}`, async () => {
    await using notebook = new Notebook(profile);
    await notebook.run(TOUCHY);
    const ask = (text: string) => completions(notebook, text);
    assertEquals(await ask("sens¶"), ["sensor"]);
    assertEquals(await ask("sensor.¶"), ["count", "read", "unit", "value"]);
    assertEquals(await ask("sensor.value.¶"), []);
    assertEquals(await ask("sensor.missing.¶"), []);
    ok((await ask("sensor.count.¶")).includes("to_bytes"));
    assertEquals(await ask("Sensor.re¶"), ["read"]);
    match(await inspected(notebook, "sensor¶"), /Type: +Sensor\n[^]*Reads\.[^]*property: value/);
    assertEquals(
      await inspected(notebook, "sensor.value¶"),
      "Type:      property, which is not read here",
    );
    match(await inspected(notebook, "numbers¶"), /Value: +\[1, 2, \{'a': b'b'\}\]/);
    assertEquals((await notebook.run("touched")).results, ["[]"]);
    const paths = await ask("open('/¶");
    const listed = await notebook.run(
      "import os\nsorted('/' + n for n in os.listdir('/') if n[0] != '.')",
    );
    assertEquals(
      listed.results,
      [`[${paths.map((path) => `'${path.replace(/\/$/, "")}'`).join(", ")}]`],
    );
    const { results } = await notebook.run("[n for n in globals() if 'iot' in n]");
    assertEquals(results, ["[]"]);
  });
}

Deno.test("completion knows what the cell being typed imports, and imports nothing", async () => {
  await using notebook = new Notebook();
  await notebook.run(
    "%connect -q sim://imports\nopen('mine.py', 'w').write('print(1)\\nsecret = 1').close()",
  );
  const ask = (text: string) => completions(notebook, text);
  assertEquals(await ask("import sys\nsys.platfo¶"), ["platform"]);
  assertEquals(await ask("import sys as s\nif s.platfo¶"), ["platform"]);
  assertEquals(await ask("from sys import implementation\nprint(implementation.ver¶"), ["version"]);
  assertEquals(await ask("import machine\nmachine.Pi¶"), ["Pin"]);
  assertEquals(await ask("from machine import Pin as P\nP.OU¶"), ["OUT"]);
  assertEquals(await ask("import mine\nmine.se¶"), []);
  assertEquals((await notebook.run("[n for n in ('sys', 'mine') if n in globals()]")).results, [
    "[]",
  ]);
  await notebook.run("import mine as loaded");
  assertEquals(await ask("import mine\nmine.se¶"), ["secret"]);
});

for (const { name: profile } of PROFILES) {
  Deno.test(`completion knows items on a simulated ${profile}, and calls nothing`, async () => {
    await using notebook = new Notebook(profile);
    await notebook.run(
      "touched = []\nclass Key:\n  def __hash__(self): return hash('k')\n" +
        "  def __eq__(self, other):\n    touched.append(1)\n    return True\n" +
        "class Box:\n  def __getitem__(self, k):\n    touched.append(2)\n    return 5\n" +
        "def made(): return {Key(): 1, 'kept': [b'x'], 'kind': 2, 3: 'three'}\n" +
        "d = made()\nbox = Box()",
    );
    await notebook.run("touched.clear()");
    const ask = (text: string) => completions(notebook, text);
    assertEquals(await ask('d["k¶'), ["kept", "kind"]);
    ok((await ask("d['kept'][0].¶")).includes("decode"));
    ok((await ask("d[3].up¶")).includes("upper"));
    assertEquals(await ask("d['nobody'].¶"), []);
    assertEquals(await ask("d['kept'][7].¶"), []);
    assertEquals(await ask("box['k'].¶"), []);
    match(plain((await notebook.run("d['kept'][0]?")).pages[0]["text/plain"]), /Value: +b'x'/);
    assertEquals((await notebook.run("touched")).results, ["[]"]);
  });
}

Deno.test("completion knows names of any script", async () => {
  await using notebook = new Notebook();
  await notebook.run("ünï = n = 5\nclass A: pass\na = A()\na.größe = 1");
  const ask = (text: string) => completions(notebook, text);
  assertEquals(await ask("ün¶"), ["ünï"]);
  assertEquals(await ask("a.gr¶"), ["größe"]);
  match(await inspected(notebook, "ü¶nï"), /Value: +5/);
});

Deno.test("completion does not connect to a board, and knows cells and keywords without one", async () => {
  await using notebook = new Notebook();
  assertEquals(await completions(notebook, "whil¶"), ["while"]);
  assertEquals(await completions(notebook, "sorte¶"), ["sorted"]);
  assertEquals(await completions(notebook, "machine.¶"), []);
  assertEquals((await notebook.run("%discover")).stdout.includes("a"), true);
});

Deno.test("completion knows modules, their parts, and what they have", async () => {
  await using notebook = new Notebook();
  await notebook.run(
    "import os\nos.mkdir('/lib')\nopen('/lib/helper.py', 'w').close()\nopen('note.txt', 'w').close()",
  );
  const ask = (text: string) => completions(notebook, text);
  assertEquals(await ask("import mach¶"), ["machine"]);
  assertEquals(await ask("import help¶"), ["helper"]);
  assertEquals(await ask("import asyncio.¶"), ["core", "event", "funcs", "lock"]);
  // A board's modules show nothing of how they are simulated.
  assertEquals(await ask("from machine import time¶"), []);
  assertEquals(await ask("from machine import board_¶"), []);
  assertEquals(await ask("from machine import PW¶"), ["PWM", "PWRON_RESET"]);
  assertEquals(await ask("from machine import (Pin,\n  PWM¶"), ["PWM"]);
  // Importing it would run it.
  assertEquals(await ask("from helper import ¶"), []);
  assertEquals(await ask("open('/no¶"), ["/note.txt"]);
  assertEquals(await ask("open('no¶"), ["note.txt"]);
  assertEquals(await ask("open('lib/¶"), ["lib/helper.py"]);
  assertEquals(await ask("%cp :/li¶"), [":/lib/"]);
  assertEquals(await ask("'abc'.upp¶"), ["upper"]);
});

Deno.test("completion knows magics, their flags and boards, and asks nobody", async () => {
  await using notebook = new Notebook();
  const ask = (text: string) => completions(notebook, text);
  assertEquals(await ask("%conn¶"), ["%connect"]);
  assertEquals(await ask("x = 1\n%soft¶"), ["%softreset"]);
  assertEquals(await ask("%connect --q¶"), ["--quiet"]);
  assertEquals(await ask("%connect sim¶"), ["sim://"]);
  await notebook.run("%discover");
  assertEquals(await ask("%connect sim¶"), ["sim://", "sim://a"]);
  assertEquals((await ask("!ls src/sess¶")).length, 1);
});

Deno.test("completion knows the boards that device files name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/desk.yaml`, "kitchen:\n    uid: 24:0a:c4:12:87:7c\n");
    await using notebook = new Notebook("esp32", { IOT_DEVICES: folder, HOME: folder });
    assertEquals(await completions(notebook, "%connect kit¶"), ["kitchen"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("while a cell runs, answers come at once from what is known", async () => {
  await using notebook = new Notebook();
  await notebook.run("import machine\nfirst = 1");
  assertEquals(await completions(notebook, "firs¶"), ["first"]);
  ok((await completions(notebook, "machine.P¶")).includes("Pin"));
  const { session } = notebook;
  const stop = new AbortController();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const sink = new NotebookSink();
  sink.write = () => Promise.resolve(start());
  const cell =
    "def second(a, b=2):\n    'Two.'\n    return a\nthird = 3\nprint('on')\nwhile True: pass";
  const running = session.run(cell, sink, { signal: stop.signal });
  try {
    await started;
    const { sentBytes } = notebook;
    assertEquals(await completions(notebook, "firs¶"), ["first"]);
    assertEquals(await completions(notebook, "seco¶"), ["second"]);
    assertEquals(await completions(notebook, "thir¶"), ["third"]);
    ok((await completions(notebook, "machine.P¶")).includes("Pin"));
    assertEquals(await completions(notebook, "os.¶"), []);
    match(await inspected(notebook, "second(¶"), /Signature: second\(a, b=2\)[^]*Two\./);
    assertEquals(notebook.sentBytes, sentBytes, "the board was asked");
  } finally {
    stop.abort(new Interrupted());
  }
  ok((await running).status === "error");
  assertEquals((await notebook.run("third")).results, ["3"]);
});

Deno.test("questions and cells that come at once do not meet on the board", async () => {
  await using notebook = new Notebook();
  await notebook.run("%connect -q sim://a");
  const names = ["a", "machine", "int", "str"];
  for (let round = 0; round < 10; round++) {
    const asked = names.map((name) => completions(notebook, `${name}.¶`));
    const ran = notebook.run(`print(${round})\n${round}`);
    const more = completions(notebook, "prin¶");
    const { stdout, results, outcome } = await ran;
    assertEquals([stdout, results, outcome.status], [`${round}\n`, [`${round}`], "ok"]);
    await Promise.all([...asked, more]);
  }
  ok((await completions(notebook, "str.up¶")).includes("upper"));
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
