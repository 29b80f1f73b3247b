/** The serial transport and the raw-REPL engine on a real, small board: the emulated micro:bit. */

import assert from "node:assert/strict";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { TransportError } from "@/transport/transport.ts";
import { RawRepl } from "@/repl/raw_repl.ts";
import { Microbit } from "./microbit.ts";
import { run } from "./run_testing.ts";

/** One board serves all steps of a test: starting one takes a second. */
async function withBoard(
  test: Deno.TestContext,
  steps: Record<string, (repl: RawRepl, board: Microbit) => Promise<void>>,
) {
  await using board = await Microbit.start();
  await using transport = await openTransport(board.url, BUILT_IN_SCHEMES);
  await using repl = await RawRepl.enter(transport);
  for (const [name, step] of Object.entries(steps)) {
    await test.step(name, () => step(repl, board));
  }
}

Deno.test("RawRepl on the emulated micro:bit", async (test) => {
  await withBoard(test, {
    "exec() hands on what the code prints": async (repl) => {
      assert.deepEqual(await run(repl, "print('hello', 6 * 7)"), {
        output: "hello 42\r\n",
        stderr: "",
        interrupted: false,
      });
    },
    "exec() returns the traceback when code raises": async (repl) => {
      const { output, stderr } = await run(repl, "print('a')\n1/0");
      assert.equal(output, "a\r\n");
      assert.match(stderr, /^Traceback .*\r\n {2}File "<stdin>", line 2.*\r\nZeroDivisionError/);
    },
    "exec() returns a syntax error": async (repl) => {
      assert.match((await run(repl, "def (")).stderr, /SyntaxError/);
    },
    "2 KB of output arrive whole": async (repl) => {
      const { output } = await run(repl, "for i in range(64): print('%31d' % i)");
      const lines = Array.from({ length: 64 }, (_, i) => `${i}`.padStart(31) + "\r\n");
      assert.equal(output, lines.join(""));
    },
    "an endless loop is interrupted and the state kept": async (repl) => {
      await run(repl, "kept = 123");
      const stop = new AbortController();
      const code = "print('on')\nwhile True: pass";
      const { stderr, interrupted } = await repl.exec(code, {
        signal: stop.signal,
        onOutput: () => stop.abort(),
      });
      assert.match(stderr, /KeyboardInterrupt/);
      assert.equal(interrupted, true);
      assert.equal((await run(repl, "print(kept)")).output, "123\r\n");
    },
    "sleep is interrupted": async (repl) => {
      const stop = new AbortController();
      const { stderr } = await repl.exec("import microbit\nprint(1)\nmicrobit.sleep(60000)", {
        signal: stop.signal,
        onOutput: () => stop.abort(),
      });
      assert.match(stderr, /KeyboardInterrupt/);
    },
    "input() is interrupted": async (repl) => {
      const stop = new AbortController();
      const { stderr } = await repl.exec("input('name? ')", {
        signal: stop.signal,
        onOutput: () => stop.abort(),
      });
      assert.match(stderr, /KeyboardInterrupt/);
      assert.equal((await run(repl, "print(1)")).output, "1\r\n");
    },
    "code larger than the board's memory is a MemoryError, and it lives on": async (repl) => {
      for (const size of [20_000, 8_600, 7_000]) {
        const { stderr } = await run(repl, "x = 1\n".repeat(size / 6));
        assert.match(stderr, /MemoryError/);
        assert.equal((await run(repl, "print(2)")).output, "2\r\n");
      }
    },
    "code that just fits runs, and gives its memory back": async (repl) => {
      const free = "import gc; gc.collect(); print(gc.mem_free())";
      const before = Number((await run(repl, free)).output);
      const comment = "#" + "x".repeat(2_000) + "\nprint('ran')";
      assert.equal((await run(repl, comment)).output, "ran\r\n");
      const after = Number((await run(repl, free)).output);
      assert.ok(before - after < 1_000, `${before} bytes free before, ${after} after`);
    },
    "softReset() clears the variables and keeps the connection": async (repl) => {
      await run(repl, "kept = 1");
      await repl.softReset();
      assert.match((await run(repl, "kept")).stderr, /NameError/);
    },
    "a reset in the middle of a cell is noticed, and the board entered again": async (repl) => {
      await assert.rejects(run(repl, "import microbit\nmicrobit.reset()"), {
        name: "ReplError",
        code: "reset",
      });
      assert.equal(repl.ready, false);
      assert.equal((await run(repl, "print(3)")).output, "3\r\n");
    },
    "100 cells in a row": async (repl) => {
      for (let i = 0; i < 100; i++) {
        assert.equal((await run(repl, `print(${i})`)).output, `${i}\r\n`);
      }
    },
    "switching it off in the middle of a cell is seen": async (repl, board) => {
      const lost = repl.exec("print('on')\nwhile True: pass", { onOutput: () => board.stop() });
      await assert.rejects(lost, (error) => {
        assert.ok(error instanceof TransportError);
        assert.equal(error.code, "gone");
        return true;
      });
    },
  });
});

Deno.test("RawRepl.enter() stops what the micro:bit runs", async (test) => {
  await using board = await Microbit.start();
  const programs = {
    "a loop": "while True: pass",
    "a loop that prints": "while True: print('x' * 40)",
    "a loop that survives a Ctrl-C":
      "for i in range(2):\n  try:\n    while True: pass\n  except KeyboardInterrupt: pass",
    "input()": "input('name? ')",
  };
  for (const [name, program] of Object.entries(programs)) {
    await test.step(name, async () => {
      await using transport = await openTransport(board.url, BUILT_IN_SCHEMES);
      const first = await RawRepl.enter(transport);
      await first.leave();
      // As if iot had been killed: the program runs on, nobody listens.
      await transport.write(new TextEncoder().encode(`\x01${program}\x04`));
      await transport.close();
      await using again = await openTransport(board.url, BUILT_IN_SCHEMES);
      await using repl = await RawRepl.enter(again);
      assert.equal((await run(repl, "print(5)")).output, "5\r\n");
    });
  }
});

Deno.test("Microbit.powerCycle() clears the board", async () => {
  await using board = await Microbit.start();
  const exec = async (code: string) => {
    await using transport = await openTransport(board.url, BUILT_IN_SCHEMES);
    await using repl = await RawRepl.enter(transport);
    return (await run(repl, code)).stderr;
  };
  assert.equal(await exec("kept = 1"), "");
  assert.equal(await exec("kept"), "");
  await board.powerCycle();
  assert.match(await exec("kept"), /NameError/);
});
