/** What a session completes, on simulated boards. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import { PROFILES } from "../mocks/profiles.ts";
import { completions, inspected, Notebook, NotebookSink, plain, TOUCHY } from "./assist_testing.ts";

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
