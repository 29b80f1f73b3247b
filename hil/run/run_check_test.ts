/** What a check comes to: its verdict, its attempts, and whether the board can go on. */

import assert from "node:assert/strict";
import { aborted } from "@/base/deadline.ts";
import { CheckFailure } from "../checks/expect.ts";
import type { Check, CheckContext } from "../checks/check.ts";
import { RigError } from "../rig/rig_error.ts";
import { readFacts } from "./facts.ts";
import { type CheckRun, runCheck, type RunCheckOptions } from "./run_check.ts";
import { checkOf, optionsFor, specOf, TestBoard } from "./run_testing.ts";

const SPEC = specOf("board");

/** Runs a check on a board of its own, or on `board`. */
async function run(
  check: Check,
  { board: given, ...parts }: { board?: TestBoard } & Partial<RunCheckOptions> = {},
): Promise<CheckRun> {
  await using board = given ?? await TestBoard.start();
  const options = optionsFor([board]);
  const facts = await readFacts(board, options);
  return await runCheck(check, { ...options, mount: board, facts, round: 1, seed: 7, ...parts });
}

Deno.test("runCheck() passes a check that ends well, with what it measured and told", async () => {
  const { result, lost } = await run(checkOf("a/pass", async (bench) => {
    const device = await bench.device();
    assert.equal(await device.evaluate("print(6*7)", { signal: bench.signal }), "42\n");
    bench.measure("speed", 3, "KB/s");
    bench.log("told");
  }));
  assert.equal(lost, undefined);
  assert.equal(result.verdict, "pass");
  assert.deepEqual(result.measurements, [{ name: "speed", value: 3, unit: "KB/s" }]);
  assert.deepEqual([result.log, result.seed, result.message], [["told"], 7, undefined]);
  assert.deepEqual(result.attempts.map(({ transcript }) => transcript), [[]]);
});

Deno.test("runCheck() calls a check flaky that passes when it is tried again", async () => {
  let count = 0;
  const { result } = await run(checkOf("a/flaky", () => {
    if (++count === 1) throw new CheckFailure("It was not so.");
  }));
  assert.equal(result.verdict, "flaky");
  assert.equal(result.message, "Passed when it was tried again. It was not so.");
  assert.equal(result.attempts[0].message, "It was not so.");
  assert.ok(result.attempts[0].transcript.length > 0);
  assert.equal(result.attempts[1].message, undefined);
});

Deno.test("runCheck() fails a check that fails twice, and blanks secrets in what it says", async () => {
  const check = checkOf("a/fail", () => {
    throw new CheckFailure("The password is hunter2.");
  });
  const { result, lost } = await run(check, { redact: (text) => text.replace("hunter2", "***") });
  assert.equal(lost, undefined);
  assert.equal(result.verdict, "fail");
  assert.equal(result.message, "The password is ***.");
  assert.equal(result.attempts.length, 2);
});

Deno.test("runCheck() tells a check's own defect from what the board does", async () => {
  const { result } = await run(checkOf("a/defect", () => {
    throw new TypeError("x is not a function");
  }));
  assert.equal(result.verdict, "fail");
  assert.match(result.message!, /wrong with the check itself: TypeError: x is not a function/);
});

Deno.test("runCheck() ends a check whose time is over, and says where it stood", async () => {
  const slow = checkOf("a/slow", async ({ signal }) => {
    await aborted(signal);
    throw new CheckFailure("It waited for a prompt.");
  }, { timeoutMs: 50 });
  const { result } = await run(slow);
  assert.equal(result.verdict, "fail");
  assert.equal(result.message, "It was not done after 0.05 s. It waited for a prompt.");
});

Deno.test("runCheck() leaves a check behind that never stops, and takes the board from it", async () => {
  const later = Promise.withResolvers<void>();
  const left: CheckContext[] = [];
  const endless = checkOf("a/endless", async (bench) => {
    left.push(bench);
    await later.promise;
  }, { timeoutMs: 50 });
  const { result, lost } = await run(endless, { stopMs: 50 });
  later.resolve();
  assert.equal(lost, undefined);
  assert.equal(result.verdict, "fail");
  assert.match(
    result.message!,
    /^It was not done after 0.05 s. It did not stop when told to, either.$/,
  );
  assert.equal(left.length, 2);
  for (const bench of left) {
    await assert.rejects(bench.device());
    await assert.rejects(bench.cell("print(1)"));
    await assert.rejects(bench.line());
  }
});

Deno.test("runCheck() fails a check that loses the board, and says that it is lost", async () => {
  await using board = await TestBoard.start(SPEC, { canGo: true });
  const { result, lost } = await run(checkOf("a/unplug", () => board.unplug()), { board });
  assert.equal(result.verdict, "fail");
  assert.match(result.message!, /Afterwards the board did not answer/);
  assert.match(lost!, /The board does not come back. Tried soft reset: /);
});

Deno.test("runCheck() fails a check that leaves the board unusable, and brings it back", async () => {
  await using board = await TestBoard.start(SPEC, { canGo: true, hasPower: true });
  const { result, lost } = await run(checkOf("a/unplug", () => board.unplug()), { board });
  assert.equal(lost, undefined);
  assert.equal(result.verdict, "fail");
  assert.equal(board.cycles, 2); // after each attempt
  const notes = result.attempts[1].transcript.map(({ text }) => text);
  assert.ok(notes.includes("brought back by power"), notes.join("\n"));
});

Deno.test("runCheck() brings a board back that does not answer before the check", async () => {
  await using board = await TestBoard.start(SPEC, { canGo: true, hasPower: true });
  const options = optionsFor([board]);
  const facts = await readFacts(board, options);
  await board.unplug();
  const parts = { ...options, mount: board, facts, round: 1, seed: 1 };
  const { result } = await runCheck(checkOf("a/pass"), parts);
  assert.deepEqual([result.verdict, board.cycles], ["pass", 1]);
});

Deno.test("runCheck() does not blame a check that never began", async () => {
  await using board = await TestBoard.start(SPEC, { canGo: true });
  const options = optionsFor([board]);
  const facts = await readFacts(board, options);
  await board.unplug();
  let hasBegun = false;
  const { result, lost } = await runCheck(checkOf("a/pass", () => void (hasBegun = true)), {
    ...{ ...options, mount: board, facts, round: 1, seed: 1 },
  });
  assert.equal(hasBegun, false);
  assert.equal(result.verdict, "infrastructure");
  assert.equal(result.message, lost);
});

Deno.test("runCheck() skips a check that finds out that it cannot be done", async () => {
  const { result } = await run(checkOf("a/skip", (bench) => bench.skip("no such pin")));
  assert.deepEqual([result.verdict, result.message], ["skip", "no such pin"]);
  assert.equal(result.attempts.length, 1);
});

Deno.test("runCheck() tells a failure of the rig from one of the board, and tries it once", async () => {
  const { result } = await run(checkOf("a/rig", () => {
    throw new RigError("power", "board", "The hub does not answer.");
  }));
  assert.deepEqual([result.verdict, result.message], [
    "infrastructure",
    "The hub does not answer.",
  ]);
  assert.equal(result.attempts.length, 1);
});

Deno.test("runCheck() ends at once when somebody interrupts, also where the check does not", async () => {
  const interrupt = new AbortController();
  const reason = new Error("interrupted");
  const later = Promise.withResolvers<void>();
  const deaf = checkOf("a/deaf", async () => {
    interrupt.abort(reason);
    await later.promise;
  }, { timeoutMs: 3_600_000 });
  await assert.rejects(run(deaf, { signal: interrupt.signal, stopMs: 50 }), reason);
  later.resolve();
});
