import assert from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { within } from "@/base/deadline.ts";
import { collect, FORGET } from "./collect_code.ts";
import { ASK, GRANT_128, INTERRUPTED, OLD, play, ran, run } from "./raw_repl_testing.ts";
import { on, RAW, ScriptedTransport, SYNC } from "./scripted_testing.ts";

Deno.test("RawRepl.exec() interrupts with Ctrl-C and follows the output to its end", async () => {
  await play([
    on(ASK, GRANT_128),
    on("loop\x04", "\x04on"),
    on("\x03", "and", INTERRUPTED),
    SYNC,
    on(`${ASK}b\x04`, GRANT_128, "\x04\x04\x04>"),
  ], async (repl) => {
    const stop = new AbortController();
    let output = "";
    const { stderr, interrupted } = await repl.exec("loop", {
      signal: stop.signal,
      onOutput(chunk) {
        output += String.fromCharCode(...chunk);
        stop.abort();
      },
    });
    assert.match(stderr, /KeyboardInterrupt/);
    assert.deepEqual({ output, interrupted }, { output: "onand", interrupted: true });
    assert.equal(repl.ready, true);
    assert.deepEqual(await run(repl, "b"), ran(""));
  });
});

/** Interrupts as soon as `written` has gone to the board in one write. */
function stopAfter(board: ScriptedTransport, written: string): AbortController {
  const stop = new AbortController();
  const write = board.write.bind(board);
  board.write = async (data) => {
    await write(data);
    if (String.fromCharCode(...data) === written) queueMicrotask(() => stop.abort());
  };
  return stop;
}

Deno.test("RawRepl.exec() sends no more code once it is interrupted in a paste", async () => {
  await play([
    on(ASK, "R\x01\x04\x00"),
    on("abcd"),
    on("\x03", `\x04${INTERRUPTED}`),
    SYNC,
  ], async (repl, board) => {
    const { signal } = stopAfter(board, "abcd");
    const { interrupted, stderr } = await run(repl, "abcdefgh", { signal });
    assert.equal(interrupted, true);
    assert.match(stderr, /KeyboardInterrupt/);
  });
});

Deno.test("RawRepl.exec() tells code that took an interrupt itself from code that never began", async () => {
  await play([
    on(ASK, GRANT_128),
    on("catch\x04", "\x04on"),
    on("\x03", "stopped\x04\x04>"),
    SYNC,
  ], async (repl) => {
    const stop = new AbortController();
    const { stderr, interrupted, unsent } = await repl.exec("catch", {
      signal: stop.signal,
      onOutput: () => stop.abort(),
    });
    assert.deepEqual([stderr, interrupted, unsent], ["", true, undefined]);
  });
});

/** Longer than what is typed in one piece. */
const LONG = "a\n".repeat(40);
const [FIRST, SECOND] = collect(encode(LONG), { lineBytes: 62 }).lines
  .map((line) => String.fromCharCode(...line) + "\x04");
const FORGOTTEN = on(String.fromCharCode(...FORGET) + "\x04", "OK\x04\x04>");

for (const [about, answer] of [["stops", "Traceback\r\nKeyboardInterrupt: \r\n"], ["ends", ""]]) {
  Deno.test(`RawRepl.exec() collects no more code once it is interrupted, and a line ${about}`, async () => {
    await play([
      ...OLD,
      on(FIRST, "OK\x04\x04>"),
      on(SECOND),
      on("\x03", `OK\x04${answer}\x04>`),
      SYNC,
      FORGOTTEN,
      on("b\x04", "OK\x04\x04>"),
    ], async (repl, board) => {
      const { signal } = stopAfter(board, SECOND);
      const result = await run(repl, LONG, { signal });
      assert.deepEqual(result, { output: "", stderr: "", interrupted: true, unsent: true });
      assert.equal(repl.ready, true);
      assert.deepEqual(await run(repl, "b"), ran(""));
    });
  });
}

for (const [about, said] of [["before", "OK"], ["as", "OK\x04"]]) {
  Deno.test(`RawRepl.exec() gives a board up that goes mute ${about} it forgets collected code`, async () => {
    const forget = on(FORGOTTEN.expect, said);
    await play([
      ...OLD,
      on(FIRST, "OK\x04\x04>"),
      on(SECOND),
      on("\x03", "OK\x04\x04>"),
      SYNC,
      forget,
    ], async (repl, board) => {
      const { signal } = stopAfter(board, SECOND);
      const running = run(repl, LONG, { signal });
      assert.ok(await within(10_000, running.catch(() => {})), "it waits for ever");
      await assert.rejects(running, { name: "ReplError", code: "protocol" });
      assert.equal(repl.ready, false);
    });
  });
}

Deno.test("RawRepl.exec() collects no code when it is interrupted while it asks for raw paste", async () => {
  await play([on(ASK), on("\x03", RAW), SYNC], async (repl, board) => {
    const { signal } = stopAfter(board, ASK);
    const result = await run(repl, LONG, { signal });
    assert.deepEqual(result, { output: "", stderr: "", interrupted: true, unsent: true });
    assert.equal(repl.ready, true);
  });
});

Deno.test("RawRepl.exec() can be interrupted when the end of typed code was lost", async () => {
  await play([...OLD, on("a\x04"), on("\x03"), SYNC], async (repl, board) => {
    const { signal } = stopAfter(board, "a\x04");
    const result = await run(repl, "a", { signal });
    assert.deepEqual(result, { output: "", stderr: "", interrupted: true, unsent: true });
    assert.equal(repl.ready, true);
  });
});

Deno.test("RawRepl.exec() insists, with Enter for a board that waits in input()", async () => {
  await play([
    on(ASK, GRANT_128),
    on("input()\x04", "\x04"),
    on("\x03"),
    on("\x03"),
    on("\x03\r", "\r\n", INTERRUPTED),
    SYNC,
  ], async (repl, board) => {
    const { signal } = stopAfter(board, "input()\x04");
    const { stderr, interrupted } = await run(repl, "input()", { signal });
    assert.match(stderr, /KeyboardInterrupt/);
    assert.equal(interrupted, true);
  });
});

Deno.test("RawRepl.exec() gives a program up that cannot be interrupted", async () => {
  await play([
    on(ASK, GRANT_128),
    on("deaf\x04", "\x04on"),
    on("\x03"),
    on("\x03"),
    on("\x03\r"),
    on("\x03\r"),
    on("\x03\r"),
  ], async (repl, board) => {
    const { signal } = stopAfter(board, "deaf\x04");
    await assert.rejects(run(repl, "deaf", { signal }), {
      name: "ReplError",
      code: "busy",
      exitCode: 3,
      message: /does not stop: Ctrl-C was sent several times\. The last that came was ".*on"/,
    });
    assert.equal(repl.ready, false);
  });
});

Deno.test("RawRepl.exec() interrupts code that runs longer than its deadline", async () => {
  await play([
    on(ASK, GRANT_128),
    on("long\x04", "\x04"),
    on("\x03", INTERRUPTED),
    SYNC,
  ], async (repl) => {
    await assert.rejects(run(repl, "long", { deadlineMs: 5 }), {
      code: "timeout",
      exitCode: 1,
      message: /ran for more than 0\.005 s/,
    });
    assert.equal(repl.ready, true);
  });
});

Deno.test("RawRepl.exec() stops the program when its output cannot be handed on", async () => {
  await play([
    on(ASK, GRANT_128),
    on("loop\x04", "\x04on"),
    on("\x03", "more", INTERRUPTED),
    SYNC,
  ], async (repl) => {
    const broken = new Error("broken pipe");
    const onOutput = () => Promise.reject(broken);
    await assert.rejects(repl.exec("loop", { onOutput }), broken);
    assert.equal(repl.ready, true);
  });
});
