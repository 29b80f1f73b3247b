/**
 * The serial and TCP transports and the raw-REPL engine on simulated boards of every kind. They
 * share no code, so each is a check on the other.
 */

import assert from "node:assert/strict";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { RawRepl } from "@/repl/raw_repl.ts";
import { startBoards } from "../../mocks/sim.ts";
import type { SimulationOptions } from "../../mocks/sim_options.ts";
import { run } from "./run_testing.ts";

/** Starts one board, opens its first address and enters. */
async function connected(
  options: Omit<SimulationOptions, "names">,
  work: (repl: RawRepl) => Promise<void>,
) {
  await using simulation = await startBoards({ names: ["bench"], ...options });
  const [address] = simulation.boards[0].addresses;
  await using transport = await openTransport(address, BUILT_IN_SCHEMES);
  await using repl = await RawRepl.enter(transport);
  await work(repl);
}

const LINKS: Record<string, Omit<SimulationOptions, "names">> = {
  "esp32 by pseudo-terminal": { profile: "esp32", pty: true },
  "esp32 by TCP": { profile: "esp32", tcp: 0 },
  "pico by pseudo-terminal": { profile: "pico", pty: true },
  "legacy by pseudo-terminal": { profile: "legacy", pty: true },
  "legacy by TCP": { profile: "legacy", tcp: 0 },
  "esp32 at 115200 baud and 5 ms": { profile: "esp32", pty: true, baud: 115_200, latencyMs: 5 },
  "esp32 at 9600 baud": { profile: "esp32", pty: true, baud: 9_600 },
};

for (const [name, link] of Object.entries(LINKS)) {
  Deno.test(`RawRepl on a simulated ${name}`, async (test) => {
    await connected(link, async (repl) => {
      await test.step("output and traceback", async () => {
        const { output, stderr } = await run(repl, "print('é', 6 * 7)\n1/0");
        assert.equal(output, "é 42\r\n");
        assert.match(stderr, /line 2[\s\S]*ZeroDivisionError/);
      });
      await test.step("a syntax error at the start of long code", async () => {
        const code = "def (:\n" + "x = 1\n".repeat(150);
        assert.match((await run(repl, code)).stderr, /SyntaxError/);
        assert.equal((await run(repl, "print(1)")).output, "1\r\n");
      });
      await test.step("code of 4 KB", async () => {
        const lines = Array.from({ length: 400 }, (_, i) => `n = ${1000 + i}\n`).join("");
        assert.deepEqual(await run(repl, `${lines}print(n)`), {
          output: "1399\r\n",
          stderr: "",
          interrupted: false,
        });
      });
      await test.step("an endless loop is interrupted and the state kept", async () => {
        await run(repl, "kept = 5");
        const stop = new AbortController();
        const { stderr, interrupted } = await repl.exec("print('on')\nwhile True: pass", {
          signal: stop.signal,
          onOutput: () => stop.abort(),
        });
        assert.match(stderr, /KeyboardInterrupt/);
        assert.equal(interrupted, true);
        assert.equal((await run(repl, "print(kept)")).output, "5\r\n");
      });
      await test.step("sleep is interrupted", async () => {
        const stop = new AbortController();
        const { stderr } = await repl.exec("import time\nprint('on')\ntime.sleep(60)", {
          signal: stop.signal,
          onOutput: () => stop.abort(),
        });
        assert.match(stderr, /KeyboardInterrupt/);
      });
      await test.step("soft reset runs boot.py, not main.py, and forgets variables", async () => {
        await run(repl, "open('boot.py', 'w').write('print(\"from boot\")')");
        await run(repl, "open('main.py', 'w').write('print(\"from main\")')");
        let output = "";
        const decoder = new TextDecoder();
        await repl.softReset({ onOutput: (chunk) => void (output += decoder.decode(chunk)) });
        assert.equal(output, "from boot\r\n");
        assert.match((await run(repl, "kept")).stderr, /NameError/);
      });
      await test.step("machine.reset() in the middle of a cell is noticed", async () => {
        await run(repl, "import os\nos.remove('main.py')");
        await assert.rejects(run(repl, "import machine\nprint('bye')\nmachine.reset()"), {
          name: "ReplError",
          code: "reset",
        });
        assert.equal((await run(repl, "print(1)")).output, "1\r\n");
      });
      await test.step("sys.exit() is noticed as a soft reset", async () => {
        await assert.rejects(run(repl, "import sys\nsys.exit()"), { code: "exit" });
        assert.equal((await run(repl, "print(1)")).output, "1\r\n");
      });
    });
  });
}

for (const [name, link] of Object.entries(LINKS)) {
  Deno.test(`an endless loop that prints is interrupted on a simulated ${name}`, async () => {
    await connected(link, async (repl) => {
      const stop = new AbortController();
      const { stderr } = await repl.exec("while True: print('y' * 60)", {
        signal: stop.signal,
        onOutput: () => stop.abort(),
      });
      assert.match(stderr, /KeyboardInterrupt/);
    });
  });

  // At 115,200 baud they alone would take a minute.
  if (link.baud !== undefined) continue;

  Deno.test(`100,000 lines come whole and in order from a simulated ${name}`, async () => {
    await connected(link, async (repl) => {
      const { output, stderr } = await run(repl, "for i in range(100000): print(i)");
      assert.equal(stderr, "");
      const lines = output.split("\r\n");
      assert.equal(lines.length, 100_001);
      assert.ok(lines.slice(0, -1).every((line, i) => line === `${i}`), "lines out of order");
    });
  });
}

Deno.test("code larger than an old simulated board's memory is a MemoryError", async () => {
  await connected({ profile: "legacy", pty: true }, async (repl) => {
    const { stderr } = await run(repl, `x = '${"a".repeat(200_000)}'`);
    assert.match(stderr, /MemoryError/);
    assert.equal((await run(repl, "print(1)")).output, "1\r\n");
  });
});

Deno.test("a simulated board that is cut off in the middle of a cell is gone", async () => {
  await using simulation = await startBoards({ names: ["bench"], pty: true });
  const [station] = simulation.boards;
  await using transport = await openTransport(station.addresses[0], BUILT_IN_SCHEMES);
  await using repl = await RawRepl.enter(transport);
  const running = repl.exec("print('on')\nwhile True: pass", {
    onOutput: () => station.ports[0].unplug(),
  });
  await assert.rejects(running, { name: "TransportError", code: "gone" });
});
