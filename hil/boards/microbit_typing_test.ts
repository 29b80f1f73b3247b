/**
 * Code typed into a board that has no raw paste and loses what its 64-byte receive ring cannot take,
 * while the host is so busy that nothing comes in time: all of it must arrive, or none of it run.
 */

import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { RawRepl } from "@/repl/raw_repl.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { Microbit } from "./microbit.ts";
import { run } from "./run_testing.ts";

const SEED = Number(Deno.env.get("IOT_FUZZ_SEED") ?? Date.now() % 100_000);
const ROUNDS = Number(Deno.env.get("IOT_FUZZ_ROUNDS") ?? 150);
/** As many as the busiest machine that the tests are run on has processors. */
const BUSY_LOOPS = 2;
const MIN_BYTES = 50;
/** A fresh board has room for about 2,500. */
const MAX_BYTES = 2_000;

/** Processes that do nothing as fast as they can, each until its standard input ends. */
function startLoad(): AsyncDisposable {
  const loops = Array.from({ length: BUSY_LOOPS }, () =>
    new Deno.Command("sh", {
      args: ["-c", "(while :; do :; done) </dev/null & cat >/dev/null; kill -9 $!; wait $!"],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn());
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(loops.map(async (loop) => {
        await loop.stdin.close();
        await loop.status;
      }));
    },
  };
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    return Math.floor((state >>> 0) / 2 ** 32 * below);
  };
}

const LETTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789 .,:;+-*/'\"\\#\t\n\x7fé🎈"];

/** A program of `size` bytes that prints how long its text is, and a sum over all of it. */
function programOf(size: number, next: (below: number) => number) {
  const head = "b=0\nfor c in t: b=(b*31+ord(c))%65521\nprint(len(t),b)\ndel t,b,c\n";
  const letters: string[] = [];
  const text = () => `t=${JSON.stringify(letters.join(""))}\n`;
  // One letter at least: the program deletes what its loop leaves behind.
  for (let left = Math.max(1, Math.min(size, 700) - head.length); left > 0;) {
    const letter = LETTERS[next(LETTERS.length)];
    letters.push(letter);
    left -= JSON.stringify(letter).length - 2;
  }
  const sum = letters.reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 65_521, 0);
  const comment = (length: number) =>
    Array.from({ length: Math.ceil(length / 60) }, () => `#${LETTERS[next(26)].repeat(58)}\n`);
  const program = text() + head;
  return {
    code: comment(size - program.length).join("") + program,
    says: `${letters.length} ${sum}`,
  };
}

Deno.test("code typed into the emulated micro:bit arrives whole on a busy host", async () => {
  await using _load = startLoad();
  await using board = await Microbit.start();
  await using transport = await openTransport(board.url, BUILT_IN_SCHEMES);
  await using repl = await RawRepl.enter(transport);
  const next = random(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const size = MIN_BYTES + next(MAX_BYTES - MIN_BYTES + 1);
    const { code, says } = programOf(size, next);
    const about = `seed ${SEED}, round ${round}, ${size} bytes`;
    // Right after a restart as well.
    if (next(10) === 0) await repl.softReset();
    let { output, stderr } = await run(repl, code);
    if (stderr.startsWith("MemoryError")) {
      // Its memory is in pieces by what ran before. None of this has run, and a restart mends it.
      assertEquals(output, "", about);
      await repl.softReset();
      ({ output, stderr } = await run(repl, code));
    }
    assertEquals({ output, stderr }, { output: `${says}\r\n`, stderr: "" }, about);
    // The longest that is typed in one go, and the shortest that is not.
    for (const length of [61, 62, 63, 64]) {
      const line = `print('${"x".repeat(length - "print('')".length)}')`;
      const { output, stderr } = await run(repl, line);
      assertEquals({ output, stderr }, { output: `${line.slice(7, -2)}\r\n`, stderr: "" }, about);
    }
  }
});
