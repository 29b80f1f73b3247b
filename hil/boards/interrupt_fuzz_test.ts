/**
 * Interrupts at any moment: whatever a board is doing when Ctrl-C comes, the next cell must find
 * it in step. The moments are random; a failure prints the seed, `IOT_FUZZ_SEED` repeats it.
 */

import assert from "node:assert/strict";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { RawRepl } from "@/repl/raw_repl.ts";
import { startBoards } from "../../mocks/sim.ts";
import { Microbit } from "./microbit.ts";
import { run } from "./run_testing.ts";

const SEED = Number(Deno.env.get("IOT_FUZZ_SEED") ?? Date.now() % 100_000);
/** Generous: an interrupt that was lost ends here, with an error, instead of never. */
const DEADLINE_MS = 20_000;

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

/** Without raw paste these are collected first: an interrupt may come then, too. */
const LONG_PROGRAMS = [
  "x = 1\n".repeat(200),
  "x = 1\n".repeat(200) + "while True: pass",
  "x = 1\n".repeat(700) + "while True: print('x' * 50)",
];

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

interface Attack {
  readonly rounds: number;
  readonly programs: readonly string[];
  /** The interrupt comes at a random moment before this one, often at once. */
  readonly withinMs: number;
  /** Enters anew each round, so that nothing is known of the board. */
  readonly afresh?: boolean;
}

/** Runs programs and interrupts them; after each, a cell must work. */
async function interruptAtRandom(url: string, { rounds, programs, withinMs, afresh }: Attack) {
  await using transport = await openTransport(url, BUILT_IN_SCHEMES);
  let repl = await RawRepl.enter(transport);
  const next = random(SEED);
  for (let round = 0; round < rounds; round++) {
    const code = programs[Math.floor(next() * programs.length)];
    const afterMs = next() < 0.3 ? 0 : next() * withinMs;
    const about = `seed ${SEED}, round ${round}, ${JSON.stringify(code.slice(-40))}, ${afterMs} ms`;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), afterMs);
    try {
      await repl.exec(code, { signal: stop.signal, deadlineMs: DEADLINE_MS });
      const { output, stderr } = await run(repl, `print(${round})`);
      assert.deepEqual({ output, stderr }, { output: `${round}\r\n`, stderr: "" }, about);
      if (afresh) {
        await repl.leave();
        repl = await RawRepl.enter(transport);
      }
    } catch (error) {
      throw new Error(about, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
  await repl.leave();
}

for (const profile of ["pico", "esp32", "legacy"]) {
  Deno.test(`a simulated ${profile} can be interrupted at any moment`, async () => {
    await using simulation = await startBoards({ names: ["bench"], profile, pty: true, tcp: 0 });
    for (const address of simulation.boards[0].addresses) {
      await interruptAtRandom(address, { rounds: 80, programs: PROGRAMS, withinMs: 15 });
    }
  });

  Deno.test(`a simulated ${profile} can be interrupted before and in a long program`, async () => {
    await using simulation = await startBoards({ names: ["far"], profile, tcp: 0, latencyMs: 5 });
    const [address] = simulation.boards[0].addresses;
    const attack = { rounds: 25, programs: LONG_PROGRAMS, withinMs: 80, afresh: true };
    await interruptAtRandom(address, attack);
  });
}

Deno.test("the emulated micro:bit can be interrupted at any moment", async () => {
  await using board = await Microbit.start();
  const programs = [...PROGRAMS, LONG_PROGRAMS[0]];
  await interruptAtRandom(board.url, { rounds: 80, programs, withinMs: 100 });
});
