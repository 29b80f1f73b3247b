/**
 * What programs on boards show and ask, through `Session`: on simulated boards of every kind, and on
 * the emulated micro:bit.
 */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { aborted } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import type { MimeBundle } from "@/base/mime.ts";
import hook from "@/device/input_hook.py" with { type: "text" };
import { RawRepl } from "@/repl/raw_repl.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { PROFILES } from "../mocks/profiles.ts";
import { startBoards } from "../mocks/sim.ts";
import { Microbit } from "./boards/microbit.ts";
import { run } from "./boards/run_testing.ts";
import { Bench, DEADLINE_MS, Recorder } from "./rich_testing.ts";

function dataOf(entry: Recorder["log"][number]): MimeBundle {
  ok(typeof entry === "object" && "data" in entry, JSON.stringify(entry));
  return entry.data;
}

/** What every board must do, however small. */
const STEPS: Record<string, (bench: Bench) => Promise<void>> = {
  "display() shows text types, escaped or not": async (bench) => {
    await bench.show("%display");
    const html = '<b title="\\\\">é\\n</b>';
    const [entry, after] = await bench.show(`display('${html}', 'text/html')\nprint('on')`);
    assertEquals(dataOf(entry), {
      "text/html": '<b title="\\">é\n</b>',
      "text/plain": "<text/html, 20 bytes>",
    });
    assertEquals(after, "on\n");
  },
  "display() knows pictures by their first bytes": async (bench) => {
    const [entry] = await bench.show("display(b'\\xff\\xd8\\xff' + bytes(range(200)), width=20)");
    const bytes = [0xff, 0xd8, 0xff, ...Array(200).keys()];
    assertEquals(entry, {
      data: {
        "image/jpeg": btoa(String.fromCharCode(...bytes)),
        "text/plain": "<image/jpeg, 203 bytes>",
      },
      metadata: { "image/jpeg": { width: 20 } },
    });
    const { outcome } = await bench.run("display(b'what')");
    ok(outcome.status === "error" && outcome.ename === "ValueError");
    match(outcome.evalue, /say mime/);
  },
  "display() says what is wrong with what it is told": async (bench) => {
    const wrong: [args: string, why: RegExp][] = [
      ["'x', id='a b'", /^display\(\): "id=a b": only letters/m],
      ["'x', width='w'", /^display\(\): width is a number of pixels/m],
      ["'x', update=True", /^display\(\): update=True wants an id/m],
      ["'x', 'html'", /^display\(\): "html" is no MIME type/m],
      ["'x', 'application/json'", /^display\(\): the data are no JSON/m],
    ];
    for (const [args, why] of wrong) {
      const { sink } = await bench.run(`display(${args})`);
      match(sink.stderr, why);
    }
  },
  "display() asks objects as IPython does, and names displays": async (bench) => {
    const log = await bench.show(
      "class A:\n def _repr_html_(self): return '<i>'\n" +
        "print('x', end='')\ndisplay(A(), id='a')\ndisplay('y', id='a', update=True)\n" +
        "clear_output(True)\nprint('z')",
    );
    assertEquals(log, [
      "x",
      { data: { "text/html": "<i>", "text/plain": "<text/html, 3 bytes>" }, id: "a" },
      { data: { "text/plain": "y" }, id: "a", update: true },
      { clear: true },
      "z\n",
    ]);
  },
  "input() asks with its prompt, as often as it is called": async (bench) => {
    const answers = ["Ada", "", "with 'quotes' and \\n", "Zoë 🎈 \\iot:", "\\iot:x", "a  b "];
    const sink = new Recorder(answers);
    const { outcome, stdout, prompts } = await bench.run(
      `for i in range(${answers.length}):\n a = input('%d? ' % i)\n print(i, repr(a) if i == 2 else a)`,
      { sink },
    );
    ok(outcome.status === "ok", JSON.stringify(outcome));
    assertEquals(prompts, answers.map((_, i) => `${i}? `));
    assertEquals(
      stdout,
      answers.map((answer, i) => `${i} ${i === 2 ? `"${answer.replace("\\", "\\\\")}"` : answer}\n`)
        .join(""),
    );
  },
  "input() says in the board's words how it is called": async (bench) => {
    const { outcome, stdout } = await bench.run("input(1, 2)");
    ok(outcome.status === "error");
    assertEquals([outcome.ename, stdout], ["TypeError", ""]);
    ok(!outcome.traceback.join("\n").includes("_iot"), outcome.traceback.join("\n"));
  },
  "input() takes a thousand characters": async (bench) => {
    await bench.run("%softreset -q"); // a micro:bit has room for little else then
    const answer = Array.from({ length: 1_000 }, (_, i) => "abcdefghij"[i % 10]).join("");
    const { stdout } = await bench.run("a = input()\nprint(a)\ndel a", {
      sink: new Recorder([answer]),
    });
    assertEquals(stdout, `${answer}\n`);
  },
  "an answer that the program does not read is not run as code": async (bench) => {
    const answer = "x=1;".repeat(100);
    const { outcome } = await bench.run(
      "def f():\n for i in range(100000): pass\n raise ValueError\nprint('\\x1b]4949;ask\\x07', end='')\nf()",
      { sink: new Recorder([answer]) },
    );
    ok(outcome.status === "error" && outcome.ename === "ValueError");
    assertEquals(await bench.show("kept = 6\nprint(kept)"), ["6\n"]);
    assertEquals(await bench.show("print('x' in globals())"), ["False\n"]);
  },
  "an interrupt while it waits stops the program": async (bench) => {
    const stop = new AbortController();
    const sink = new Recorder([({ signal }) => {
      stop.abort(new Interrupted());
      return Promise.reject(signal.reason);
    }]);
    const { outcome } = await bench.run("kept = 7\ninput('? ')\nprint('never')", {
      sink,
      signal: stop.signal,
    });
    ok(
      outcome.status === "error" && outcome.ename === "KeyboardInterrupt",
      JSON.stringify(outcome),
    );
    ok(!outcome.traceback.join("\n").includes("_iot"), outcome.traceback.join("\n"));
    assertEquals(sink.stdout, "");
    assertEquals(await bench.show("print(kept)"), ["7\n"]);
  },
  "a sink that cannot ask stops the program, and says why": async (bench) => {
    const { outcome } = await bench.run(
      "while True:\n try: input('name? ')\n except ValueError: 1",
    );
    ok(outcome.status === "error");
    match(outcome.evalue, /wants input \(it asked "name\?"\)/);
    assertEquals(await bench.show("print(1)"), ["1\n"]);
  },
  "an answer that a board would take as a command is refused": async (bench) => {
    const { outcome } = await bench.run("input()", { sink: new Recorder(["a\x04b"]) });
    ok(outcome.status === "error");
    match(outcome.evalue, /control character 0x04/);
  },
  "input() asks after a soft reset as well": async (bench) => {
    await bench.run("%softreset -q");
    const { stdout } = await bench.run("print(input('? '))", { sink: new Recorder(["back"]) });
    assertEquals(stdout, "back\n");
  },
  "a program's own marks that are damaged are text": async (bench) => {
    const { stdout } = await bench.run(
      "print('\\x1b]4949;display;image/png;text;3;1;;abc\\x07!')",
    );
    assertEquals(stdout, "␛]4949;display;image/png;text;3;1;;abc␇!\n");
  },
};

for (const { name: profile } of PROFILES) {
  Deno.test(`a simulated ${profile} shows and asks`, async (test) => {
    await using simulation = await startBoards({ names: ["bench"], profile, pty: true });
    await using bench = new Bench();
    await bench.show(`%connect -q ${simulation.boards[0].addresses[0]}`);
    for (const [name, step] of Object.entries(STEPS)) await test.step(name, () => step(bench));
  });
}

Deno.test("the emulated micro:bit shows and asks", async (test) => {
  await using board = await Microbit.start();
  await using bench = new Bench();
  await bench.show(`%connect -q ${board.url}`);
  for (const [name, step] of Object.entries(STEPS)) await test.step(name, () => step(bench));
});

for (const profile of ["esp32", "circuitpython"]) {
  Deno.test(`builtins.input of a simulated ${profile} asks as well`, async () => {
    await using simulation = await startBoards({ names: ["bench"], profile, pty: true });
    await using bench = new Bench();
    await bench.show(`%connect -q ${simulation.boards[0].addresses[0]}`);
    await bench.show("import builtins");
    const cells = [
      "import builtins as b; print(b.input('b? '))",
      "print(builtins.input('builtins? '), builtins.len('ab'))",
      "from builtins import input as ask\nprint(ask('from? '))",
    ];
    for (const cell of cells) {
      const { stdout, outcome, prompts } = await bench.run(cell, { sink: new Recorder(["Ada"]) });
      ok(outcome.status === "ok", JSON.stringify(outcome));
      match(stdout, /^Ada( 2)?\n$/);
      assertEquals(prompts.length, 1);
    }
    const after = "import builtins as c, sys\n" +
      "print(type(builtins) is type(sys), c is builtins, 'builtins' in sys.modules)";
    assertEquals(await bench.show(after), ["True True False\n"]);
  });
}

Deno.test("a question is taken back when its board goes away", async () => {
  await using simulation = await startBoards({ names: ["bench"], pty: true });
  await using bench = new Bench();
  await bench.show(`%connect -q ${simulation.boards[0].addresses[0]}`);
  let isTakenBack = false;
  const sink = new Recorder([async ({ signal }) => {
    await simulation[Symbol.asyncDispose]();
    await aborted(signal);
    isTakenBack = true;
    throw signal.reason;
  }]);
  const { outcome } = await bench.run("input('? ')", { sink });
  ok(outcome.status === "error" && outcome.exitCode === 3, JSON.stringify(outcome));
  ok(isTakenBack);
});

/** Says whether input() is the board's own, and makes it so. */
const WHOSE = "import builtins\ntry:\n del builtins.input\n print('hooked')\nexcept: print('own')";

for (
  const [name, start] of Object.entries({
    "simulated board": () => startBoards({ names: ["bench"], pty: true }),
    "emulated micro:bit": () => Microbit.start(),
  })
) {
  Deno.test(`a ${name} gets its own input() back when it is let go`, async () => {
    await using board = await start();
    const url = "url" in board ? board.url : board.boards[0].addresses[0];
    {
      await using bench = new Bench();
      await bench.show(`%connect -q ${url}`);
      await bench.show("pass");
    }
    await using transport = await openTransport(url, BUILT_IN_SCHEMES);
    await using repl = await RawRepl.enter(transport);
    assertEquals((await run(repl, WHOSE)).output, "own\r\n");
  });

  Deno.test(`input() of a ${name} works at a terminal though its session broke off`, async () => {
    await using board = await start();
    const url = "url" in board ? board.url : board.boards[0].addresses[0];
    await using transport = await openTransport(url, BUILT_IN_SCHEMES);
    {
      await using repl = await RawRepl.enter(transport);
      await repl.exec(hook);
    }
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const decoder = new TextDecoder();
    let heard = "";
    const until = async (text: string) => {
      while (!heard.includes(text)) heard += decoder.decode(await transport.read({ signal }));
      const upTo = heard.slice(0, heard.indexOf(text));
      heard = heard.slice(upTo.length + text.length);
      return upTo;
    };
    await until(">>> ");
    await transport.write(encode("'got ' + input('name? ')\r"));
    await until("name? ");
    await until("\x07");
    await transport.write(encode("Ada\r"));
    await until("'got Ada'");
  });
}

Deno.test("display.py is in the examples, for programs that do without a notebook", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(path, import.meta.url));
  assertEquals(await read("../examples/lib/display.py"), await read("../src/commands/display.py"));
});
