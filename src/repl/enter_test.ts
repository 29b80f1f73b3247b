import assert from "node:assert/strict";
import { RawRepl } from "./raw_repl.ts";
import type { ReplError, ReplFailure } from "./repl_error.ts";
import { ENTER, on, RAW, ScriptedTransport, SYNC } from "./scripted_testing.ts";

const QUICK = { attemptMs: 50, silentMs: 60, enterMs: 120, replyMs: 300 };
/** For boards that come round: only the attempts are short, however slow the machine. */
const PATIENT = { ...QUICK, silentMs: 60_000, enterMs: 60_000 };
const KNOCK = "\r\x03\x03\x01";

function failure(code: ReplFailure, message: RegExp) {
  return (error: ReplError) => {
    assert.equal(error.name, "ReplError", String(error));
    assert.equal(error.code, code);
    assert.equal(error.exitCode, 3);
    assert.match(error.message, message);
    return true;
  };
}

Deno.test("RawRepl.enter() needs one round trip on an idle board", async () => {
  const board = new ScriptedTransport(ENTER);
  const repl = await RawRepl.enter(board);
  assert.equal(repl.ready, true);
  assert.equal(board.reading, false, "a read was left pending");
  board.assertDone();
});

Deno.test("RawRepl.enter() takes a board that is in its raw REPL already", async () => {
  const board = new ScriptedTransport(on(KNOCK, RAW), SYNC);
  await RawRepl.enter(board);
  board.assertDone();
});

Deno.test("RawRepl.enter() takes a board that was left in a raw paste", async () => {
  const board = new ScriptedTransport(
    on(KNOCK, "\x04\x04Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n\x04>", RAW),
    SYNC,
  );
  await RawRepl.enter(board);
  board.assertDone();
});

Deno.test("RawRepl.enter() passes over what the board printed before, a prompt included", async () => {
  const board = new ScriptedTransport(on(KNOCK, RAW), SYNC);
  board.say("old output\r\n", RAW);
  await RawRepl.enter(board);
  board.assertDone();
});

Deno.test("RawRepl.enter() is not taken in by the prompt of a program before it", async () => {
  // That program entered, started a loop and was killed; the board is slow to say so.
  const late = on(KNOCK, `\r\nMicroPython v1.9.2; x\r\n>>> \r\n${RAW}`, "OK");
  const board = new ScriptedTransport(
    late,
    on(SYNC.expect),
    on(KNOCK, "\x04KeyboardInterrupt: \r\n\x04>", RAW),
    SYNC,
  );
  await RawRepl.enter(board, { timeouts: PATIENT });
  board.assertDone();
});

Deno.test("RawRepl.enter() knocks again, and gets into step when answers come late", async () => {
  const board = new ScriptedTransport(
    on(KNOCK, "Traceback (most "),
    on(KNOCK, "recent call last):\r\n>>> ", RAW, RAW),
    SYNC,
  );
  await RawRepl.enter(board, { timeouts: PATIENT });
  board.assertDone();
});

Deno.test("RawRepl.enter() asks again when the board is not in step at first", async () => {
  const late = on(SYNC.expect, "OK\x04KeyboardInterrupt: \r\n\x04>");
  const board = new ScriptedTransport(on(KNOCK), on(KNOCK, RAW), late, on(KNOCK, RAW), SYNC);
  await RawRepl.enter(board, { timeouts: PATIENT });
  board.assertDone();
});

Deno.test("RawRepl.enter() leaves an aiorepl, which stops the program around it", async () => {
  const board = new ScriptedTransport(
    // What aiorepl 0.2 answers: its raw REPL looks like the board's own.
    on(KNOCK, "\r\n--> \r\n--> ", RAW),
    on("\x02\x04", "\r\n--> \r\n", "MicroPython v1.27.0; x\r\n>>> "),
    on(KNOCK, "\r\n>>> \r\n>>> \r\n>>> \r\n" + RAW),
    SYNC,
  );
  await RawRepl.enter(board, { timeouts: PATIENT });
  board.assertDone();
});

Deno.test("RawRepl.enter() leaves an aiorepl that knows no raw REPL", async () => {
  const board = new ScriptedTransport(
    on(KNOCK, "\r\n--> \r\n--> "),
    on("\x02\x04", "\r\n", ">>> "),
    on(KNOCK, "\r\n>>> \r\n>>> \r\n>>> \r\n" + RAW),
    SYNC,
  );
  await RawRepl.enter(board, { timeouts: PATIENT });
  board.assertDone();
});

Deno.test("RawRepl.enter() sends no Ctrl-D to a program that printed an arrow", async () => {
  const board = new ScriptedTransport(
    on(KNOCK, "a --> b\r\nTraceback:\r\nKeyboardInterrupt: \r\n>>> \r\n>>> \r\n", RAW),
    SYNC,
  );
  await RawRepl.enter(board);
  board.assertDone();
});

Deno.test("RawRepl.enter() takes CircuitPython that waits for any key, in any language", async () => {
  const board = new ScriptedTransport(
    on(
      KNOCK,
      "\r\nAdafruit CircuitPython 9.2.1 on 2024-11-20; Raspberry Pi Pico with rp2040\r\n>>> ",
      "\r\n>>> \r\n>>> \r\n",
      RAW,
    ),
    SYNC,
  );
  board.say("\r\nDr\xc3\xbccke eine beliebige Taste um zum REPL zu wechseln.\r\n");
  await RawRepl.enter(board);
  board.assertDone();
});

Deno.test("RawRepl.enter() says that nothing answers", async () => {
  const board = new ScriptedTransport(...Array(8).fill(on(KNOCK)));
  await assert.rejects(
    RawRepl.enter(board, { timeouts: QUICK }),
    failure(
      "silent",
      /^Nothing answers at test:\/\/board: Ctrl-C and Ctrl-A were sent for 0\.\d s/,
    ),
  );
});

Deno.test("RawRepl.enter() says that the board's program does not stop, and shows it", async () => {
  const board = new ScriptedTransport(...Array(10).fill(on(KNOCK, "still\tbusy\r\n")));
  await assert.rejects(
    RawRepl.enter(board, { timeouts: QUICK }),
    (error: ReplError) => {
      failure("busy", /does not stop.*"[^"]*still\\x09busy\\r\\n"/)(error);
      assert.match(new TextDecoder().decode(error.received), /still\tbusy\r\n$/);
      return true;
    },
  );
});

Deno.test("RawRepl.enter() says that the speed may be wrong when it hears noise", async () => {
  const board = new ScriptedTransport(...Array(10).fill(on(KNOCK, "\xfe\x80\x00\xf8\x98~\xe6")));
  await assert.rejects(
    RawRepl.enter(board, { timeouts: QUICK }),
    failure("protocol", /is not text.*\?baud=/),
  );
});

Deno.test("RawRepl.enter() ends when its signal aborts", async () => {
  const board = new ScriptedTransport(on(KNOCK));
  const stop = new AbortController();
  const entering = RawRepl.enter(board, { signal: stop.signal });
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(entering, reason);
  assert.equal(board.reading, false, "a read was left pending");
});

Deno.test("RawRepl.enter() passes on that the connection broke", async () => {
  const board = new ScriptedTransport(on(KNOCK));
  board.hangUp();
  await assert.rejects(RawRepl.enter(board), { name: "TransportError", code: "gone" });
});
