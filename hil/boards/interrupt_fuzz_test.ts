/**
 * Interrupts at any moment: whatever a board is doing when Ctrl-C comes, the next cell must find
 * it in step. The moments are random; a failure prints the seed, `IOT_FUZZ_SEED` repeats it.
 */

import assert from "node:assert/strict";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { RawRepl } from "@/repl/raw_repl.ts";
import { startBoards } from "../../mocks/sim.ts";
import { Microbit } from "./microbit.ts";

const ROUNDS = 80;
const SEED = Number(Deno.env.get("IOT_FUZZ_SEED") ?? Date.now() % 100_000);

/** What boards of every kind can run, from nothing to what never ends. */
const PROGRAMS = [
  "pass",
  "1/0",
  "def (",
  "print('a' * 500)",
  "while True: pass",
  "while True: print('x' * 50)",
  "for i in range(100): print(i)",
  "try:\n  while True: pass\nfinally:\n  print('end')",
  "x = 1\n".repeat(150),
  "x = 1\n".repeat(150) + "while True: pass",
];

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Runs programs and interrupts them within `withinMs`; after each, a cell must work. */
async function interruptAtRandom(
  url: string,
  { programs, withinMs }: { programs: readonly string[]; withinMs: number },
) {
  await using transport = await openTransport(url, BUILT_IN_SCHEMES);
  await using repl = await RawRepl.enter(transport);
  const next = random(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const code = programs[Math.floor(next() * programs.length)];
    const afterMs = next() < 0.3 ? 0 : next() * withinMs;
    const about = `seed ${SEED}, round ${round}, ${JSON.stringify(code.slice(-40))}, ${afterMs} ms`;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), afterMs);
    try {
      await repl.exec(code, { signal: stop.signal });
      let output = "";
      const { stderr } = await repl.exec(`print(${round})`, {
        onOutput: (chunk) => void (output += new TextDecoder().decode(chunk)),
      });
      assert.deepEqual({ output, stderr }, { output: `${round}\r\n`, stderr: "" }, about);
    } catch (error) {
      throw new Error(about, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

for (const profile of ["pico", "esp32", "legacy"]) {
  Deno.test(`a simulated ${profile} can be interrupted at any moment`, async () => {
    await using simulation = await startBoards({ names: ["bench"], profile, pty: true, tcp: 0 });
    for (const address of simulation.boards[0].addresses) {
      await interruptAtRandom(address, { programs: PROGRAMS, withinMs: 15 });
    }
  });
}

Deno.test("the emulated micro:bit can be interrupted at any moment", async () => {
  await using board = await Microbit.start();
  // QEMU's UART loses about one byte in 60,000 while the host is busy, and this board cannot tell
  // that its code is not what was sent: short programs only.
  const programs = PROGRAMS.filter((program) => program.length < 100);
  await interruptAtRandom(board.url, { programs, withinMs: 100 });
});
