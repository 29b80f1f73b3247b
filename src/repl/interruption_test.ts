import assert from "node:assert/strict";
import { Interruption } from "./interruption.ts";
import { on, ScriptedTransport } from "./scripted_testing.ts";

/** So long that nothing becomes due while a test runs. */
const HOUR_MS = 3_600_000;

Deno.test("Interruption leaves a program time to clean up after the first Ctrl-C", () => {
  const board = new ScriptedTransport(on("\x03"));
  const interruption = new Interruption(board, { interruptMs: HOUR_MS });
  assert.equal(interruption.begun, false);
  assert.equal(interruption.dueInMs, undefined);
  interruption.begin();
  interruption.begin();
  assert.equal(interruption.begun, true);
  assert.equal(interruption.advance(), false);
  assert.ok(interruption.dueInMs! > HOUR_MS * 0.9);
  board.assertDone();
});

Deno.test("Interruption repeats a Ctrl-C soon that may have come too early", () => {
  const board = new ScriptedTransport(on("\x03"));
  const interruption = new Interruption(board, { interruptMs: HOUR_MS });
  interruption.begin({ atStart: true });
  assert.equal(interruption.advance(), false);
  assert.ok(interruption.dueInMs! < HOUR_MS * 0.21);
  board.assertDone();
});

Deno.test("Interruption is in vain when all its steps are over", () => {
  const enter = on("\x03\r");
  const board = new ScriptedTransport(on("\x03"), enter, enter, enter);
  const interruption = new Interruption(board, { interruptMs: 0 });
  interruption.begin();
  assert.equal(interruption.advance(), true);
  assert.equal(interruption.dueInMs, 0);
  board.assertDone();
});
