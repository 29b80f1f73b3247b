/** `%%host` and IPython's magics by a real ipykernel: what comes of them, and what is left behind. */

import { deepStrictEqual as assertEquals, match, ok, rejects } from "node:assert/strict";
import { Environment } from "@/config/environment.ts";
import { LazyHost } from "@/host/lazy_host.ts";
import { startBoards } from "../mocks/sim.ts";
import { HostNotebook, intime, PYTHON, RecordingSink } from "./host_python_testing.ts";

Deno.test("%%host relays what IPython shows", async (t) => {
  await using notebook = new HostNotebook(PYTHON);

  await t.step("streams and the result, and variables stay", async () => {
    const { stdout, stderr, results } = await notebook.run(
      "%%host\nimport sys\nx = 6\nprint('out ✓')\nprint('err', file=sys.stderr)\nx * 7",
    );
    assertEquals([stdout, stderr, results], ["out ✓\n", "err\n", [{ "text/plain": "42" }]]);
    assertEquals((await notebook.run("%%host\nprint(x)")).stdout, "6\n");
  });

  await t.step("displays, their updates, metadata, and clear_output", async () => {
    const { displays, clears } = await notebook.run(
      "%%host\nfrom IPython.display import display, clear_output, Image, HTML\n" +
        "handle = display(HTML('<b>1</b>'), display_id='here')\nhandle.update(HTML('<b>2</b>'))\n" +
        "clear_output(wait=True)\n" +
        "display({'image/png': 'AA=='}, raw=True, metadata={'image/png': {'width': 5}})",
    );
    assertEquals(
      displays.map(({ data, id, update }) => [data["text/html"], id, update]),
      [["<b>1</b>", "here", false], ["<b>2</b>", "here", true], [undefined, undefined, false]],
    );
    assertEquals([displays[2].metadata, clears], [{ "image/png": { width: 5 } }, 1]);
  });

  await t.step("text that is no text, and what comes after it", async () => {
    const { stdout } = await notebook.run('%%host\nprint("日本 \\udc80")\nprint("after")');
    assertEquals(stdout, "日本 \ufffd\nafter\n");
  });

  await t.step("a traceback with the cell's own line numbers, as IPython made it", async () => {
    const { ename, evalue, origin, traceback } = await notebook.fail("%%host\n\nx = 0\n1 / x");
    assertEquals([ename, evalue, origin], ["ZeroDivisionError", "division by zero", "code"]);
    match(traceback.join("\n"), /line 4[^]*----> 4 1 \/ x/);
  });

  await t.step("input and getpass", async () => {
    const sink = new RecordingSink("Ada", "secret");
    await notebook.run(
      "%%host\nfrom getpass import getpass\nprint(input('Name? '), len(getpass('Word? ')))",
      sink,
    );
    assertEquals([sink.stdout, sink.asked], ["Ada 6\n", [
      { prompt: "Name? ", password: false },
      { prompt: "Word? ", password: true },
    ]]);
  });

  await t.step("input where nobody can answer is the end of input, and that is said", async () => {
    const sink = new RecordingSink();
    const { ename } = await notebook.fail("%%host\ninput('Name? ')", sink);
    assertEquals(ename, "EOFError");
    match(sink.stderr, /nobody to ask/);
  });

  await t.step("pages, and cells that are proposed", async () => {
    const sink = await notebook.run(
      "%%host\nget_ipython().set_next_input('y = 1', replace=True)\nlen?",
    );
    assertEquals(sink.suggestions, [{ text: "%%host\ny = 1", replace: true }]);
    match(String(sink.pages[0]["text/plain"]), /number of items/);
  });

  await t.step("widgets' messages, with their buffers", async () => {
    const { comms } = await notebook.run(
      "%%host\nfrom comm import create_comm\n" +
        "c = create_comm(target_name='t', comm_id='c1', data={'a': 1}, buffers=[b'\\x00\\xff'])",
    );
    assertEquals(
      comms.map((
        { type, content, buffers },
      ) => [type, content.comm_id, buffers.map((b) => [...b])]),
      [["comm_open", "c1", [[0, 255]]]],
    );
  });

  await t.step("what a thread prints when its cell is over", async () => {
    const sink = await notebook.run(
      "%%host\nimport threading\ngo = threading.Event()\n" +
        "def late():\n    go.wait(60)\n    print('late')\nthreading.Thread(target=late).start()",
    );
    await notebook.run("%%host\ngo.set()");
    await sink.shows("late\n");
  });
});

Deno.test("magics that are not ours are IPython's", async (t) => {
  await using notebook = new HostNotebook(PYTHON);

  await t.step("%timeit and %%timeit", async () => {
    const line = await notebook.run("%timeit -n1 -r1 1 + 1");
    match(line.stdout, /per loop/);
    match((await notebook.run("%%timeit -n1 -r1\nx = 1")).stdout, /per loop/);
  });

  await t.step("%alias, and what it defines", async () => {
    await notebook.run("%alias greet echo hello");
    match((await notebook.run("%greet")).stdout, /^hello\r?\n$/);
  });

  await t.step("%%capture", async () => {
    const { stdout } = await notebook.run("%%capture kept\nprint('quiet')");
    assertEquals(stdout, "");
    assertEquals((await notebook.run("%%host\nprint(kept.stdout)")).stdout, "quiet\n\n");
  });

  await t.step("a question about one", async () => {
    const { pages } = await notebook.run("%timeit?");
    match(String(pages[0]["text/plain"]), /Time execution/);
  });

  await t.step("one that IPython does not know either is our error", async () => {
    for (
      const [cell, near] of [
        ["%discovr", "%discover"],
        ["%timeitt 1", "%timeit"],
        ["%%hosst\n1", "%%host"],
      ]
    ) {
      const { ename, origin, evalue } = await notebook.fail(cell);
      assertEquals([ename, origin], ["UsageError", "iot"]);
      ok(evalue.includes(`Did you mean ${near}?`), evalue);
    }
  });

  await t.step("none of them runs IPython's %rm where a board's is meant", async () => {
    const path = `${notebook.home}/main.py`;
    await Deno.writeTextFile(path, "kept");
    await notebook.run(`%cd ${notebook.home}`);
    for (const cell of ["%%time\nprint(1)\n%rm main.py", "%%capture\n%rm main.py"]) {
      const { ename, evalue } = await notebook.fail(cell);
      assertEquals(ename, "UsageError");
      match(evalue, /^Line [23], "%rm main\.py": %%(time|capture) runs .* on this computer/);
    }
    assertEquals(await Deno.readTextFile(path), "kept");
  });

  await t.step("%matplotlib inline shows a figure as a picture", async () => {
    const { displays } = await notebook.run(
      "%%host\n%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);",
    );
    const [{ data }] = displays;
    const png = Uint8Array.fromBase64(String(data["image/png"]).trim());
    assertEquals([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  });
});

Deno.test("Python and its notebook share a working directory", async () => {
  await using notebook = new HostNotebook(PYTHON);
  const home = await Deno.realPath(notebook.home);
  await Deno.mkdir(`${home}/ä b`);
  await notebook.run(`%cd ${home}`);
  assertEquals(
    (await notebook.run("%%host\nimport os\nprint(os.getcwd())")).stdout,
    `${home}\n`,
  );
  await notebook.run("%%host\nos.chdir('ä b')");
  assertEquals((await notebook.run("%%writefile x.txt\nhi")).stdout, "Writing x.txt\n");
  assertEquals((await notebook.run("%%host\nprint(open('x.txt').read())")).stdout, "hi\n\n");
  await notebook.run("%%writefile mine.py\nvalue = 7");
  assertEquals((await notebook.run("%%host\nimport mine\nprint(mine.value)")).stdout, "7\n");
  await notebook.run("%cd ..");
  await notebook.fail("%%host\nprint(os.getcwd())\nos.chdir('ä b')\n1/0");
  assertEquals((await notebook.run("%%writefile x.txt\nho")).stdout, "Overwriting x.txt\n");
});

Deno.test("Python sees the settings and the connected board; its magics stand between a board's lines", async () => {
  await using boards = await startBoards({ names: ["a"], pty: true });
  const [{ board: { uid }, addresses: [url] }] = boards.boards;
  await using notebook = new HostNotebook(PYTHON, { IOT_PORTS: url });
  const cell = "%%host\nimport os\n" +
    "print(*(os.environ.get(f'IOT{name}') for name in ('49', '_DEVICE_URL', '_DEVICE_UID')))";
  const home = `${notebook.home}/iot49`;
  assertEquals((await notebook.run(cell)).stdout, `${home} None None\n`);
  const { stdout } = await notebook.run(
    `%connect -q ${url}\nx = 2\n%timeit -n1 -r1 1 + 1\nprint(x)`,
  );
  match(stdout, /per loop[^]*\n2\n$/);
  // `x` is the board's.
  const strange = await notebook.fail("%timeit -n1 x");
  assertEquals(strange.ename, "NameError");
  match(String(strange.traceback.at(-1)), /^%timeit ran this by the Python of this computer, not/);
  assertEquals((await notebook.run(cell)).stdout, `${home} ${url} ${uid}\n`);
  assertEquals((await notebook.run(`%disconnect\n`)).stderr, "");
  assertEquals((await notebook.run(cell)).stdout, `${home} None None\n`);
});

Deno.test("%%connect --host runs the cell in the same Python", async () => {
  await using notebook = new HostNotebook(PYTHON);
  await notebook.run("%%host\nx = 5");
  const { stdout } = await notebook.run(
    '%%connect --host\nimport sys\nprint("{:18}   ({})".format(sys.platform, sys.implementation.name), x)',
  );
  assertEquals(stdout, `\n----- HOST\n\n${"linux".padEnd(18)}   (cpython) 5\n`);
});

Deno.test("in %%host cells IPython completes and inspects", async () => {
  await using notebook = new HostNotebook(PYTHON);
  const { session } = notebook.notebook;
  await notebook.run("%%host\nclass Thing:\n    'Holds 𝒳.'\n    colour = 1\nthing = Thing()");
  const text = "%%host\n'𝒳'; thing.col";
  const completions = await session.complete(text, text.length);
  assertEquals(
    [completions.matches.map(({ text }) => text), completions.start, completions.end],
    [["colour"], text.length - "col".length, text.length],
  );
  const known = await session.inspect("%%host\nthing", 9, { detail: 0 });
  match(String(known?.["text/plain"]), /Holds 𝒳/);
  const magics = await session.complete("%timei", 6);
  assertEquals(magics.matches.map(({ text }) => text), ["%timeit"]);
  match(String((await session.inspect("%timeit", 4, { detail: 0 }))?.["text/plain"]), /Time exec/);
});

Deno.test("texts can be given to Python's variables", async () => {
  const home = await Deno.makeTempDir();
  const { signal } = new AbortController();
  try {
    await using host = new LazyHost({
      environment: new Environment({ IOT_PYTHON: PYTHON }),
      directory: { path: home, change: () => Promise.resolve() },
      variables: () => Promise.resolve({ HOME: home }),
    });
    const text = `"'\\\n\r\u2028𝒳 ${"x".repeat(200_000)}`;
    await intime(host.assign({ out: text, err: "" }, { signal }), "the texts are there");
    const sink = new RecordingSink();
    const points = Array.from(text, (letter) => letter.codePointAt(0)).slice(0, 8).join(", ");
    const cell = `print(len(out), [ord(c) for c in out[:8]] == [${points}], repr(err))`;
    await intime(host.run(cell, { sink, signal }), "they are read");
    assertEquals(sink.stdout, `${Array.from(text).length} True ''\n`);
    for (const name of ["1a", "class", "a b", "a.b", ""]) {
      const assigning = host.assign({ [name]: "" }, { signal });
      await intime(rejects(assigning, /no name of Python's/), `"${name}" is refused`);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
