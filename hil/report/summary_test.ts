import { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";
import {
  everything,
  HOSTILE,
  sampleBoard,
  sampleCheck,
  sampleFailure,
  sampleRun,
} from "./sample_testing.ts";
import { summary } from "./summary.ts";

Deno.test("summary() tells failures with how to repeat them, the rig's apart, and counts", () => {
  const run = sampleRun([
    sampleBoard("pico", [
      sampleCheck(),
      sampleFailure("It said 3.\nIt should say 2.", { check: "exec/64k", seed: 99 }),
      sampleFailure("Passed when it was tried again. Late.", {
        check: "exec/late",
        verdict: "flaky",
      }),
      sampleCheck({ check: "wifi/reconnect", verdict: "skip", message: "no Wi-Fi", attempts: [] }),
    ]),
    sampleBoard("gone", [
      sampleCheck({ verdict: "infrastructure", message: "unplugged", attempts: [] }),
    ], { infrastructure: "unplugged" }),
  ]);
  assertEquals(
    summary(run, { colour: false }),
    `
Flaky: passed when tried again
  pico  exec/late
    Passed when it was tried again. Late.
    iot hil-test --bench bench.yaml --board pico --check exec/late --seed 7

The rig, not the product
  gone  1 check could not be run
    unplugged

Failed
  pico  exec/64k
    It said 3.
    It should say 2.
    iot hil-test --bench bench.yaml --board pico --check exec/64k --seed 99

2 boards: 1 failed, 1 not run because of the rig, 1 flaky, 1 passed, 1 skipped, in 3 min 37 s (seed 7)
`,
  );
});

Deno.test("summary() of a run in which all is well is one line", () => {
  const text = summary(sampleRun([sampleBoard("pico", [sampleCheck()])]), { colour: false });
  assertEquals(text, "\n1 board: 1 passed, in 3 min 37 s (seed 7)\n");
});

Deno.test("summary() lets no board write to the terminal", () => {
  const text = summary(everything(HOSTILE), { colour: false });
  // deno-lint-ignore no-control-regex -- they are what must not be there
  assert(!/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(text));
  assert(text.includes("\\x1b[2J"));
  assert(text.includes("Interrupted. "));
});
