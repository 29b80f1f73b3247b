/** What the tests of {@linkcode RawRepl} share: a script to play, and a cell to run in it. */

// deno-lint-ignore iot/no-node-on-hot-path -- only tests load this file
import assert from "node:assert/strict";
import type { ExecOptions } from "./executor.ts";
import { RawRepl } from "./raw_repl.ts";
import { ENTER, type Exchange, on, RAW, ScriptedTransport, SYNC } from "./scripted_testing.ts";
import type { ReplTimeouts } from "./timeouts.ts";

export const QUICK: Partial<ReplTimeouts> = {
  attemptMs: 200,
  replyMs: 200,
  interruptMs: 50,
  interruptFloodMs: 300,
  resetQuietMs: 20,
  softResetMs: 200,
  endMs: 200,
};
export const ASK = "\x05A\x01";
export const GRANT_128 = "R\x01\x80\x00\x01";
/**
 * A board without raw paste: its answer to the request is that of any raw REPL that is entered, so
 * that a board which is asked first must also show that it is in step.
 */
export const OLD: readonly Exchange[] = [on(ASK, RAW), SYNC, on(ASK, RAW)];
export const INTERRUPTED = "\x04Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n\x04>";

/** Enters, lets `work` run, and asserts that exactly the script was written. */
export async function play(
  script: Exchange[],
  work: (repl: RawRepl, board: ScriptedTransport) => Promise<void>,
) {
  const board = new ScriptedTransport(ENTER, ...script);
  const repl = await RawRepl.enter(board, { timeouts: QUICK });
  await work(repl, board);
  assert.equal(board.reading, false, "a read was left pending");
  board.assertDone();
}

export async function run(repl: RawRepl, code: string, options: ExecOptions = {}) {
  let output = "";
  const result = await repl.exec(code, {
    ...options,
    onOutput: (chunk) => void (output += String.fromCharCode(...chunk)),
  });
  return { ...result, output };
}

export const ran = (output: string, stderr = "") => ({ output, stderr, interrupted: false });
