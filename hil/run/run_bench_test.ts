/** A whole run: boards in turn and at the same time, and what the shell is told. */

import assert from "node:assert/strict";
import { abortable } from "@/base/deadline.ts";
import { CheckFailure } from "../checks/expect.ts";
import type { Check } from "../checks/check.ts";
import type { CheckResult, RunResult, Verdict } from "./result.ts";
import { outcomeOf, runBench, type RunBenchOptions } from "./run_bench.ts";
import { checkOf, optionsFor, specOf, TestBoard } from "./run_testing.ts";

const SPECS = [specOf("one"), specOf("two")];

/** Runs checks on two boards. */
async function run(
  checks: readonly Check[],
  parts: Partial<RunBenchOptions> & Parameters<typeof optionsFor>[1] = {},
): Promise<{ result: RunResult; events: readonly string[] }> {
  await using one = await TestBoard.start(SPECS[0]);
  await using two = await TestBoard.start(SPECS[1]);
  const options = optionsFor([one, two], parts);
  const result = await runBench({
    ...options,
    bench: { path: "bench.yaml", boards: SPECS },
    boards: SPECS,
    checks,
    ...{ rounds: 1, parallel: false, untilFail: false },
    ...parts,
  });
  return { result, events: options.events };
}

/** Verdicts by board. */
function verdicts({ boards }: RunResult): Record<string, Verdict[]> {
  return Object.fromEntries(
    boards.map(({ board, checks }) => [board, checks.map(({ verdict }) => verdict)]),
  );
}

function failOn(name: string): Check {
  return checkOf("a/fails", ({ facts }) => {
    if (facts.spec.name === name) throw new CheckFailure("It was not so.");
  });
}

Deno.test("runBench() runs board after board, and goes on behind a failure", async () => {
  const { result, events } = await run([failOn("one"), checkOf("a/next")]);
  assert.deepEqual(verdicts(result), { one: ["fail", "pass"], two: ["pass", "pass"] });
  assert.ok(events.indexOf("one: a/next pass") < events.indexOf("two: a/fails"));
  assert.equal(outcomeOf(result).status, "error");
});

Deno.test("runBench() with untilFail begins nothing behind a failure", async () => {
  const { result } = await run([failOn("one"), checkOf("a/next")], { untilFail: true });
  assert.deepEqual(verdicts(result), { one: ["fail"] });
});

Deno.test("runBench() with untilFail stops boards that run at the same time", async () => {
  const [hasBegun, hasFailed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const patient = checkOf("a/waits", async ({ facts, signal }) => {
    if (facts.spec.name === "one") {
      await abortable(hasBegun.promise, signal);
      throw new CheckFailure("It was not so.");
    }
    hasBegun.resolve();
    await abortable(hasFailed.promise, signal);
  });
  const { result } = await run([patient, checkOf("a/never")], {
    parallel: true,
    untilFail: true,
    rounds: Infinity,
    onEnd: (board) => {
      if (board === "one") hasFailed.resolve();
    },
  });
  // What was under way is ended, as a result of its own.
  assert.deepEqual(verdicts(result), { one: ["fail"], two: ["pass"] });
});

Deno.test("runBench() goes on with the other boards where one cannot be had", async () => {
  await using two = await TestBoard.start(SPECS[1]);
  const { result } = await run([checkOf("a/check")], {
    parallel: true,
    mountBoard: (spec) =>
      spec.name === "two" ? Promise.resolve(two) : Promise.reject(new CheckFailure("It is gone.")),
  });
  assert.deepEqual(verdicts(result), { one: ["infrastructure"], two: ["pass"] });
  assert.equal(result.boards[0].infrastructure, "It is gone.");
  assert.deepEqual(outcomeOf(result), {
    ...{ status: "error", origin: "iot", ename: "HilTestFailed", exitCode: 1 },
    ...{ evalue: "0 failed, 1 could not be run.", traceback: ["0 failed, 1 could not be run."] },
  });
});

Deno.test("runBench() repeats, and divides among shards", async () => {
  const checks = [checkOf("a/first"), checkOf("a/second")];
  const { result, events } = await run(checks, { rounds: 2, shard: { index: 2, count: 2 } });
  assert.deepEqual(verdicts(result), { two: ["pass", "pass", "pass", "pass"] });
  assert.equal(events[0], "two: 4 to do");
  assert.deepEqual(result.boards[0].checks.map(({ round }) => round), [1, 1, 2, 2]);
});

Deno.test("runBench() keeps what was done when it is interrupted", async () => {
  const interrupt = new AbortController();
  const { result } = await run([checkOf("a/done"), checkOf("a/never")], {
    signal: interrupt.signal,
    onEnd: () => interrupt.abort(new Error("interrupted")),
  });
  assert.deepEqual(verdicts(result), { one: ["pass"] });
  assert.equal(result.interrupted, true);
  const outcome = outcomeOf(result);
  assert.equal(outcome.status === "error" && outcome.exitCode, 130);
});

Deno.test("outcomeOf() is well only when nothing failed and at least one check ran", () => {
  const cases: [verdicts: Verdict[], evalue: string | undefined][] = [
    [["pass", "skip"], undefined],
    [["flaky"], undefined],
    [["pass", "fail"], "1 failed, 0 could not be run."],
    [["pass", "infrastructure"], "0 failed, 1 could not be run."],
    [["skip"], "No check was run: all were skipped."],
    [[], "No check was run: there is none for this shard."],
  ];
  for (const [verdicts, evalue] of cases) {
    const checks = verdicts.map((verdict) => ({ verdict }) as CheckResult);
    const run = { interrupted: false, boards: [{ board: "b", checks }] } as unknown as RunResult;
    const outcome = outcomeOf(run);
    assert.equal(outcome.status === "error" ? outcome.evalue : undefined, evalue);
  }
});
