/** Results, completion and inspection on a real, small, old board: the emulated micro:bit. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import type { MimeBundle } from "@/base/mime.ts";
import { MemorySink } from "@/base/sink.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { Session } from "@/session/session.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { Microbit } from "./microbit.ts";

/** Keeps results apart from what is printed. */
class ResultSink extends MemorySink {
  readonly results: unknown[] = [];

  override result(data: MimeBundle): Promise<void> {
    this.results.push(data["text/plain"]);
    return Promise.resolve();
  }
}

/** Generous: the machine is busy. */
const DEADLINE_MS = 30_000;

Deno.test("a notebook's help on the emulated micro:bit", async (test) => {
  await using board = await Microbit.start();
  await using session = new Session({
    commands: COMMANDS,
    cellMagics: CELL_MAGICS,
    schemes: BUILT_IN_SCHEMES,
    environment: new Environment({}),
    surface: "notebook",
  });
  const run = async (cell: string) => {
    const sink = new ResultSink();
    const outcome = await session.run(cell, sink, { signal: new AbortController().signal });
    return { outcome, stdout: sink.stdout, results: sink.results };
  };
  const complete = async (text: string) =>
    (await session.complete(text, text.length)).matches.map(({ text }) => text);
  /** Completion shows what is known by now; a busy machine needs longer to find out. */
  const offers = async (text: string) => {
    const end = performance.now() + DEADLINE_MS;
    for (;;) {
      const found = await complete(text);
      if (found.length > 0 || performance.now() > end) return found;
    }
  };
  const inspect = async (text: string) => {
    const end = performance.now() + DEADLINE_MS;
    for (;;) {
      const data = await session.inspect(text, text.length, { detail: 0 });
      if (data !== undefined || performance.now() > end) return String(data?.["text/plain"] ?? "");
    }
  };
  assertEquals((await run(`%connect -q ${board.url}`)).outcome.status, "ok");

  await test.step("the last expression is the result", async () => {
    assertEquals((await run("print('out')\n6 * 7")).results, ["42"]);
    assertEquals((await run("_ + 1")).results, ["43"]);
    assertEquals((await run("None")).results, []);
    ok(!String((await run("globals()")).results[0]).includes("_iot"));
    assertEquals((await run("1; 2;")).results, []);
  });
  await test.step("what is wrong looks as if it had been run as written", async () => {
    for (const cell of ["print 1", "1 +", "x y", "a = 1\nb c\n", "missing", "1/0"]) {
      assertEquals((await run(cell)).outcome, (await run(`${cell}\n%lsmagic`)).outcome, cell);
    }
  });
  await test.step("completion calls nothing", async () => {
    await run(
      "import microbit\ntouched = []\nclass A:\n    unit = 1\n    def read(self): pass\n" +
        "    def __getattr__(self, name):\n        touched.append(name)\n        return 5\n" +
        "    def __repr__(self):\n        touched.append('repr')\n        return 'A'\n" +
        "a = A()\na.count = 3\nn = [1, (2, 'b')]",
    );
    assertEquals(await offers("touc"), ["touched"]);
    assertEquals(await offers("a."), ["count", "read", "unit"]);
    assertEquals(await complete("a.missing."), []);
    ok((await offers("microbit.pin0.")).includes("read_digital"));
    ok((await offers("import ")).includes("microbit"));
    ok(!(await offers("import ")).includes("modules"));
    ok((await offers("from machine import ")).includes("mem32"));
    // It is drawn on the display for four seconds when it is imported.
    assertEquals(await complete("from love import "), []);
    match(await inspect("n"), /int|list/);
    match(await inspect("n"), /\[1, \(2, 'b'\)\]/);
    match(await inspect("a"), /A\b/);
    assertEquals((await run("touched")).results, ["[]"]);
    assertEquals((await run("[n for n in globals() if 'iot' in n]")).results, ["[]"]);
  });
  await test.step("files are listed", async () => {
    await run("f = open('note.txt', 'w')\nf.close()");
    assertEquals(await offers("%cat no"), ["note.txt"]);
    assertEquals(await offers("open('/no"), ["/note.txt"]);
  });
  await test.step("questions leave the board its memory", async () => {
    const free = async () => {
      const { results } = await run("import gc; gc.collect(); gc.mem_free()");
      return Number(results[0]);
    };
    const ask = async () => {
      await run("r = 1");
      ok((await offers("a.")).length > 0);
      ok((await offers("microbit.")).length > 0);
      match(await inspect("n"), /list/);
    };
    // The words of a question are kept by the board from the first time on.
    await ask();
    const before = await free();
    for (let round = 0; round < 20; round++) await ask();
    // The room that typed code was collected in stays: a kilobyte at most.
    const after = await free();
    ok(before - after < 1_500, `${before} bytes free before, ${after} after`);
  });
});
