/** What a session knows about a board: results, completion, inspection and tracebacks. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import type { MimeBundle } from "@/base/mime.ts";
import { MemorySink } from "@/base/sink.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { Session } from "@/session/session.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { simulatedScheme } from "@/transport/simulated.ts";
import { SimulatedBoard } from "../mocks/board.ts";
import { PROFILES } from "../mocks/profiles.ts";

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
  readonly #boards = new Map<string, SimulatedBoard>();

  constructor(profile = "esp32") {
    const simulated = simulatedScheme({
      connect: async (name) => {
        const board = this.#boards.get(name) ?? await SimulatedBoard.start({ name, profile });
        this.#boards.set(name, board);
        return await board.connect();
      },
      running: () => [...this.#boards.keys()],
    });
    this.session = new Session({
      commands: COMMANDS,
      cellMagics: CELL_MAGICS,
      schemes: new Map([...BUILT_IN_SCHEMES, ["sim", simulated]]),
      environment: new Environment({ IOT_PORTS: "sim://a" }),
      surface: "notebook",
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

Deno.test("an exception in repr is the cell's, and what follows works", async () => {
  await using notebook = new Notebook();
  const cell = "class A:\n    def __repr__(self):\n        return 1 / 0\nA()";
  const { outcome, results } = await notebook.run(cell);
  ok(outcome.status === "error");
  assertEquals([outcome.ename, results], ["ZeroDivisionError", []]);
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
  const cell = "class A:\n    def __repr__(self):\n        while True: pass\nprint('on')\nA()";
  const stop = new AbortController();
  const sink = new NotebookSink();
  // The cell has printed; its repr follows.
  sink.write = () => {
    setTimeout(() => stop.abort(new Interrupted()), 50);
    return Promise.resolve();
  };
  const outcome = await notebook.session.run(cell, sink, { signal: stop.signal });
  ok(outcome.status === "error" && outcome.exitCode === 130);
  assertEquals(sink.results, []);
  assertEquals((await notebook.run("1")).results, ["1"]);
});

Deno.test("what is wrong with a cell looks as if it had been run as written", async () => {
  await using notebook = new Notebook();
  const wrong = [
    "print 1",
    "1 +",
    "f(",
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
