/** One board's part of a run: what is skipped and why, rounds, interrupts and lost boards. */

import assert from "node:assert/strict";
import { withDeadline } from "@/base/deadline.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { CheckFailure } from "../checks/expect.ts";
import type { Check } from "../checks/check.ts";
import type { BoardSpec } from "../rig/bench.ts";
import type { Mount } from "../rig/mount.ts";
import type { BoardResult } from "./result.ts";
import { runBoard, type RunBoardOptions } from "./run_board.ts";
import { checkOf, DEADLINE_MS, optionsFor, specOf, TestBoard } from "./run_testing.ts";

const SPEC = specOf("board");

function fail(): never {
  throw new CheckFailure("It was not so.");
}

/** Runs checks on a board of its own. */
async function run(
  checks: readonly Check[],
  { spec = SPEC, ...parts }: Partial<RunBoardOptions> & { readonly spec?: BoardSpec } = {},
): Promise<BoardResult> {
  await using board = await TestBoard.start(spec);
  return await runBoard(spec, checks, optionsFor([board], parts));
}

/** Names, verdicts and messages. */
function told({ checks }: BoardResult): unknown[] {
  return checks.map(({ check, verdict, message = "" }) => [check, verdict, message]);
}

Deno.test("runBoard() skips what the board lacks, and what is known not to work on it", async () => {
  const spec = specOf("board", { quirks: { "net/*": "its antenna is broken" } });
  const lacking = () => "its firmware has no radio";
  const result = await run([
    checkOf("a/lacking", fail, { needs: [() => undefined, lacking] }),
    checkOf("net/quirk", fail),
    checkOf("a/done"),
  ], { spec });
  assert.deepEqual(told(result), [
    ["a/lacking", "skip", "its firmware has no radio"],
    ["net/quirk", "skip", "known quirk: its antenna is broken"],
    ["a/done", "pass", ""],
  ]);
  assert.equal(result.identity?.platform, "esp32");
});

Deno.test("runBoard() skips what builds on a failure, however far, and names it", async () => {
  const result = await run([
    checkOf("a/skipped", fail, { needs: [() => "it has none"] }),
    checkOf("a/base", fail),
    checkOf("b/next", fail, { after: ["a/base"] }),
    checkOf("c/last", fail, { after: ["a/skipped", "b/next"] }),
    checkOf("d/else", undefined, { after: ["a/skipped", "not/chosen"] }),
  ]);
  assert.deepEqual(told(result), [
    ["a/skipped", "skip", "it has none"],
    ["a/base", "fail", "It was not so."],
    ["b/next", "skip", "builds on a/base, which failed"],
    ["c/last", "skip", "builds on a/base, which failed"],
    ["d/else", "pass", ""],
  ]);
});

Deno.test("runBoard() runs rounds, each with a seed of its own, the first with the run's", async () => {
  const seeds: number[] = [];
  const result = await run([
    checkOf("a/first", ({ seed }) => void seeds.push(seed)),
    checkOf("a/odd", () => seeds.length === 2 ? fail() : undefined),
    checkOf("b/next", undefined, { after: ["a/odd"] }),
  ], { rounds: 3, seed: 5 });
  assert.equal(seeds[0], 5);
  assert.equal(new Set(seeds).size, 3);
  const verdicts = result.checks.map(({ round, verdict }) => `${round} ${verdict}`);
  assert.deepEqual(verdicts, [
    ...["1 pass", "1 pass", "1 pass", "2 pass", "2 fail", "2 skip", "3 pass", "3 pass", "3 pass"],
  ]);
});

Deno.test("runBoard() goes on until it is told that the run is over", async () => {
  let count = 0;
  let hasFailed = false;
  const result = await run([checkOf("a/third", () => ++count >= 3 ? fail() : undefined)], {
    rounds: Infinity,
    onFailure: () => hasFailed = true,
    isOver: () => hasFailed,
  });
  assert.deepEqual(result.checks.map(({ verdict }) => verdict), ["pass", "pass", "fail"]);
});

Deno.test("runBoard() ends where every round would skip everything", async () => {
  const nothing = checkOf("a/lacking", fail, { needs: [() => "it has none"] });
  const { checks } = await run([nothing], { rounds: Infinity });
  assert.deepEqual(checks.map(({ verdict }) => verdict), ["skip"]);
});

Deno.test("runBoard() says of the rest of a round that its board was lost", async () => {
  const spec = specOf("board");
  await using board = await TestBoard.start(spec, { canGo: true });
  const checks = [
    checkOf("a/before"),
    checkOf("a/unplug", () => board.unplug()),
    checkOf("a/after"),
  ];
  const failures: string[] = [];
  const options = optionsFor([board], { rounds: 4, onFailure: () => void failures.push("told") });
  const result = await runBoard(spec, checks, options);
  assert.match(result.infrastructure!, /does not come back/);
  const verdicts = result.checks.map(({ check, verdict, round }) => [check, verdict, round]);
  assert.deepEqual(verdicts, [
    ["a/before", "pass", 1],
    ["a/unplug", "fail", 1],
    ["a/after", "infrastructure", 1],
  ]);
  assert.ok(failures.length > 0);
});

Deno.test("runBoard() says of a board that cannot be had why, and what was not run", async () => {
  const result = await runBoard(SPEC, [checkOf("a/a"), checkOf("a/b")], optionsFor([]));
  assert.match(result.infrastructure!, /no board/);
  assert.deepEqual(result.checks.map(({ verdict }) => verdict), [
    "infrastructure",
    "infrastructure",
  ]);
  assert.equal(result.url, undefined);
});

Deno.test("runBoard() keeps what was done when it is interrupted, and leaves the board at its prompt", async () => {
  const spec = specOf("board");
  await using board = await TestBoard.start(spec);
  const interrupt = new AbortController();
  const checks = [
    checkOf("a/done"),
    checkOf("a/busy", async (bench) => {
      // A program that nobody stops but the runner: the check has only typed it.
      const line = await bench.line();
      await line.write(new TextEncoder().encode("\r\x03\x03\rwhile True: pass\r\r\r"));
      interrupt.abort(new Error("interrupted"));
      bench.signal.throwIfAborted();
    }),
    checkOf("a/never", fail),
  ];
  // The board is there afterwards as well.
  const mount: Mount = { spec, url: board.url, [Symbol.asyncDispose]: () => Promise.resolve() };
  const options = optionsFor([board], {
    signal: interrupt.signal,
    mountBoard: () => Promise.resolve(mount),
  });
  const result = await runBoard(spec, checks, options);
  assert.deepEqual(told(result), [["a/done", "pass", ""]]);
  assert.equal(result.infrastructure, undefined);
  const answer = await answerTo("print(6*7)\r", board.url);
  assert.match(answer, /\r\n42\r\n>>> $/);
});

/** What the board at `url` answers to what is typed, without an interrupt before. */
async function answerTo(typed: string, url: string): Promise<string> {
  return await withDeadline(DEADLINE_MS, async (signal) => {
    const line = await openTransport(url, BUILT_IN_SCHEMES, { signal });
    try {
      await line.write(new TextEncoder().encode(typed));
      let answer = "";
      const decoder = new TextDecoder();
      while (!/42\r\n>>> $/.test(answer)) {
        answer += decoder.decode(await line.read({ signal }), { stream: true });
      }
      return answer;
    } finally {
      await line.close();
    }
  }, { error: () => new Error("The board did not answer.") });
}
