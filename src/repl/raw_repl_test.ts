import assert from "node:assert/strict";
import { type ExecOptions, RawRepl } from "./raw_repl.ts";
import { ENTER, type Exchange, on, RAW, ScriptedTransport, SYNC } from "./scripted_testing.ts";
import type { ReplTimeouts } from "./timeouts.ts";

const QUICK: Partial<ReplTimeouts> = {
  attemptMs: 200,
  replyMs: 200,
  interruptMs: 10,
  interruptFloodMs: 100,
  resetQuietMs: 20,
  softResetMs: 200,
};
const ASK = "\x05A\x01";
const GRANT_128 = "R\x01\x80\x00\x01";
const INTERRUPTED = "\x04Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n\x04>";

/** Enters, lets `work` run, and asserts that exactly the script was written. */
async function play(
  script: Exchange[],
  work: (repl: RawRepl, board: ScriptedTransport) => Promise<void>,
) {
  const board = new ScriptedTransport(ENTER, ...script);
  const repl = await RawRepl.enter(board, {
    timeouts: QUICK,
    pacing: { bytes: 256, intervalMs: 1 },
  });
  await work(repl, board);
  assert.equal(board.reading, false, "a read was left pending");
  board.assertDone();
}

async function run(repl: RawRepl, code: string, options: ExecOptions = {}) {
  let output = "";
  const result = await repl.exec(code, {
    ...options,
    onOutput: (chunk) => void (output += String.fromCharCode(...chunk)),
  });
  return { ...result, output };
}

const ran = (output: string, stderr = "") => ({ output, stderr, interrupted: false });

Deno.test("RawRepl.exec() pastes code and hands on what it prints", async () => {
  await play([
    on(ASK, GRANT_128),
    on("print('hé')\x04".replace("é", "\xc3\xa9"), "\x04h\xc3", "\xa9\r\n\x04", "\x04>"),
  ], async (repl) => {
    assert.deepEqual(await run(repl, "print('hé')"), ran("h\xc3\xa9\r\n"));
  });
});

Deno.test("RawRepl.exec() returns the traceback when code raises", async () => {
  await play([on(ASK, GRANT_128), on("1/0\x04", "\x04a\x04Zero\x04>")], async (repl) => {
    assert.deepEqual(await run(repl, "1/0"), ran("a", "Zero"));
  });
});

Deno.test("RawRepl.exec() asks and pastes at once when it knows the window", async () => {
  await play([
    on(ASK, GRANT_128),
    on("a\x04", "\x04\x04\x04>"),
    on(`${ASK}b\x04`, GRANT_128, "\x04", "2\x04\x04>"),
    on(`${ASK}${"c".repeat(128)}\x04`, GRANT_128, "\x04\x04\x04>"),
    // One byte more than the window: that has to be asked for.
    on(ASK, GRANT_128),
    on(`${"d".repeat(128)}`, ""),
    on("d\x04", "\x04\x04\x04>"),
  ], async (repl) => {
    assert.deepEqual(await run(repl, "a"), ran(""));
    assert.deepEqual(await run(repl, "b"), ran("2"));
    assert.deepEqual(await run(repl, "c".repeat(128)), ran(""));
    assert.deepEqual(await run(repl, "d".repeat(129)), ran(""));
  });
});

Deno.test("RawRepl.exec() sends no more than the board has granted", async () => {
  const code = Array.from({ length: 100 }, (_, i) => String.fromCharCode(65 + i % 26)).join("");
  await play([
    on(ASK, "R\x01\x20\x00"),
    on(code.slice(0, 32), "\x01"),
    on(code.slice(32, 64), "\x01", "\x01"),
    on(code.slice(64, 96)),
    on(code.slice(96) + "\x04", "\x04ok\x04\x04>"),
  ], async (repl) => {
    assert.deepEqual(await run(repl, code), ran("ok"));
  });
});

Deno.test("RawRepl.exec() ends the paste when the board wants no more", async () => {
  const syntax = "\x04Traceback\r\nSyntaxError: invalid syntax\r\n\x04>";
  await play([
    on(ASK, "R\x01\x04\x00\x01"),
    on("def ", "\x04"),
    on("(x:\n"),
    on("\x04", syntax),
  ], async (repl) => {
    const code = "def (x:\n".padEnd(40, "#");
    assert.deepEqual(
      await run(repl, code),
      ran("", "Traceback\r\nSyntaxError: invalid syntax\r\n"),
    );
  });
});

Deno.test("RawRepl.exec() types code where raw paste is refused, and asks only once", async () => {
  await play([
    on(ASK, "R\x00", ">"),
    on("a\x04", "OK1\x04\x04>"),
    on("b\x04", "OK2\x04\x04>"),
  ], async (repl) => {
    assert.deepEqual(await run(repl, "a"), ran("1"));
    assert.deepEqual(await run(repl, "b"), ran("2"));
  });
});

Deno.test("RawRepl.exec() types code to old firmware, in parts", async () => {
  const code = "#".repeat(600);
  await play([
    on(ASK, "raw REPL; CTRL-B", " to exit\r\n>"),
    on("#".repeat(256)),
    on("#".repeat(256)),
    on("#".repeat(88) + "\x04", "O", "K", "1\x04\x04>"),
  ], async (repl) => {
    assert.deepEqual(await run(repl, code), ran("1"));
  });
});

Deno.test("RawRepl.exec() asks an old board whether it has room for long code", async () => {
  const room = '__import__("gc").collect()\nbytearray(';
  const code = "#".repeat(1_100);
  const refusal = "MemoryError: memory allocation failed\r\n";
  await play([
    on(ASK, RAW),
    on("pass\x04", "OK\x04\x04>"),
    on(`${room}1750)\x04`, `OK\x04${refusal}\x04>`),
    on(`${room}1750)\x04`, "OK\x04\x04>"),
    on(code + "\x04", "OK1\x04\x04>"),
    // Leaving the raw REPL frees the line that the code was collected in.
    on("\x02\x01", "\r\nMicroPython v1.9.2; x\r\n>>> \r\n" + RAW),
  ], async (repl) => {
    assert.deepEqual(await run(repl, code), ran("", refusal));
    assert.deepEqual(await run(repl, code), ran("1"));
  });
});

Deno.test("RawRepl.exec() hands on what the board printed between two cells", async () => {
  await play(
    [on(ASK, "tick\r\n", GRANT_128), on("a\x04", "tock", "\x041\x04\x04>")],
    async (repl) => {
      assert.deepEqual(await run(repl, "a"), ran("tick\r\ntock1"));
    },
  );
});

Deno.test("RawRepl.exec() runs nothing for no code: Ctrl-D alone would be a reset", async () => {
  await play([], async (repl) => assert.deepEqual(await run(repl, ""), ran("")));
});

for (const letter of ["\x01", "\x02", "\x03", "\x04"]) {
  const hex = `0x0${letter.charCodeAt(0)}`;
  Deno.test(`RawRepl.exec() refuses code that holds ${hex}, and names the line`, async () => {
    await play([on(ASK, GRANT_128), on("a\x04", "\x04\x04\x04>")], async (repl) => {
      await assert.rejects(run(repl, `a\nb = '${letter}'`), {
        name: "UsageError",
        message: new RegExp(`^Line 2 .* control character ${hex}`),
      });
      assert.deepEqual(await run(repl, "a"), ran(""));
    });
  });
}

Deno.test("RawRepl.exec() writes nothing when its signal has aborted", async () => {
  await play([], async (repl) => {
    const reason = new Error("too late");
    await assert.rejects(run(repl, "a", { signal: AbortSignal.abort(reason) }), reason);
    assert.equal(repl.ready, true);
  });
});

Deno.test("RawRepl.exec() refuses a second cell at the same time", async () => {
  await play([on(ASK, GRANT_128), on("a\x04", "\x04\x04\x04>")], async (repl) => {
    const first = run(repl, "a");
    await assert.rejects(run(repl, "b"), /in use/);
    await first;
  });
});

Deno.test("RawRepl.exec() reads no more while its output is not taken", async () => {
  await play(
    [on(ASK, GRANT_128), on("a\x04", "\x04one", "two", "\x04\x04>")],
    async (repl, board) => {
      const taken: string[] = [];
      await repl.exec("a", {
        async onOutput(chunk) {
          const reads = board.reads;
          for (let i = 0; i < 10; i++) await Promise.resolve();
          assert.equal(board.reads, reads);
          taken.push(String.fromCharCode(...chunk));
        },
      });
      assert.deepEqual(taken, ["one", "two"]);
    },
  );
});

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

Deno.test("RawRepl.exec() sends no more code once it is interrupted while typing", async () => {
  await play([on(ASK, RAW), on("#".repeat(256)), on("\x03"), SYNC], async (repl, board) => {
    const { signal } = stopAfter(board, "#".repeat(256));
    const result = await run(repl, "#".repeat(600), { signal });
    assert.deepEqual(result, { output: "", stderr: "", interrupted: true });
    assert.equal(repl.ready, true);
  });
});

/** Longer than what is sent without asking whether the board has room for it. */
const LONG = "#".repeat(1_100);
const ROOM = '__import__("gc").collect()\nbytearray(1750)\x04';

Deno.test("RawRepl.exec() sends no code when it is interrupted while it asks for raw paste", async () => {
  await play([
    on(ASK, RAW),
    on("pass\x04"),
    on("\x03", `OK\x04Traceback\r\nKeyboardInterrupt: \r\n\x04>`),
    SYNC,
    on("b\x04", "OK\x04\x04>"),
  ], async (repl, board) => {
    const { signal } = stopAfter(board, "pass\x04");
    const result = await run(repl, LONG, { signal });
    assert.deepEqual(result, { output: "", stderr: "", interrupted: true });
    assert.equal(repl.ready, true);
    assert.deepEqual(await run(repl, "b"), ran(""));
  });
});

Deno.test("RawRepl.exec() sends no code when it is interrupted while it asks for room", async () => {
  await play([
    on(ASK, RAW),
    on("pass\x04", "OK\x04\x04>"),
    on(ROOM),
    on("\x03", `OK\x04Traceback\r\nKeyboardInterrupt: \r\n\x04>`),
    SYNC,
  ], async (repl, board) => {
    const { signal } = stopAfter(board, ROOM);
    const result = await run(repl, LONG, { signal });
    assert.deepEqual(result, { output: "", stderr: "", interrupted: true });
    assert.equal(repl.ready, true);
  });
});

Deno.test("RawRepl.exec() sends no code when its signal aborts just after the board was asked", async () => {
  await play([
    on(ASK, GRANT_128),
    on("pass\x04", "\x04\x04\x04>"),
    on(`${ASK}b\x04`, GRANT_128, "\x04\x04\x04>"),
  ], async (repl) => {
    const stop = new AbortController();
    const remove = stop.signal.removeEventListener.bind(stop.signal);
    // As soon as nobody listens, before the code itself has its turn.
    stop.signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      remove(...args);
      stop.abort();
    };
    const result = await run(repl, LONG, { signal: stop.signal });
    assert.deepEqual(result, { output: "", stderr: "", interrupted: true });
    assert.equal(repl.ready, true);
    assert.deepEqual(await run(repl, "b"), ran(""));
  });
});

Deno.test("RawRepl.exec() can be interrupted when the end of typed code was lost", async () => {
  await play([on(ASK, RAW), on("a\x04"), on("\x03"), SYNC], async (repl, board) => {
    const { signal } = stopAfter(board, "a\x04");
    const result = await run(repl, "a", { signal });
    assert.deepEqual(result, { output: "", stderr: "", interrupted: true });
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

const BANNERS = {
  "MicroPython": 'MicroPython v1.27.0 on 2025-12-09; Pico W\r\nType "help()" for more.\r\n>>> ',
  "MicroPython without help": "MicroPython v1.9.2 on 2017-09-01; micro:bit\r\n>>> ",
  "CircuitPython": "Adafruit CircuitPython 9.2.1 on 2024-11-20; Feather with nRF52840\r\n>>> ",
};
for (const [name, banner] of Object.entries(BANNERS)) {
  Deno.test(`RawRepl.exec() notices a reset by the banner of ${name}`, async () => {
    await play([
      on(ASK, GRANT_128),
      on("reset\x04", "\x04bye\r\n\x00", banner.slice(0, 20), banner.slice(20)),
      ENTER,
      // What the board could do before is not taken for granted.
      on(ASK, GRANT_128),
      on("b\x04", "\x04\x04\x04>"),
    ], async (repl) => {
      await assert.rejects(run(repl, "reset"), { name: "ReplError", code: "reset", exitCode: 3 });
      assert.equal(repl.ready, false);
      assert.deepEqual(await run(repl, "b"), ran(""));
    });
  });
}

Deno.test("RawRepl.exec() does not take a printed banner for a reset", async () => {
  const banner = BANNERS.MicroPython;
  await play(
    [on(ASK, GRANT_128), on("a\x04", "\x04" + banner, "more", "\x04\x04>")],
    async (repl) => {
      assert.deepEqual(await run(repl, "a"), ran(banner + "more"));
    },
  );
});

Deno.test("RawRepl.exec() keeps the rest of an answer that was cut short out of the next", async () => {
  await play([
    on(ASK, GRANT_128),
    // The code printed what looks like its end, and went on.
    on("a\x04", "\x04one\x04\x04>", "\r\ntwo\r\n\x04\x04>"),
    on(`${ASK}b\x04`, "tick\r\n", GRANT_128, "\x04three\x04\x04>"),
  ], async (repl) => {
    assert.deepEqual(await run(repl, "a"), ran("one"));
    assert.deepEqual(await run(repl, "b"), ran("tick\r\nthree"));
  });
});

Deno.test("RawRepl.exec() notices that the code soft-reset the board", async () => {
  await play([
    on(ASK, GRANT_128),
    on("exit\x04", "\x04bye\r\n\x04\x04\r\nMPY: soft reboot\r\n" + RAW),
    on(`${ASK}b\x04`, GRANT_128, "\x04\x04\x04>"),
  ], async (repl) => {
    await assert.rejects(run(repl, "exit"), { code: "exit", exitCode: 1 });
    assert.equal(repl.ready, true);
    assert.deepEqual(await run(repl, "b"), ran(""));
  });
});

Deno.test("RawRepl.exec() passes on that the connection broke", async () => {
  await play([on(ASK, GRANT_128), on("a\x04", "\x04half")], async (repl, board) => {
    const running = repl.exec("a", { onOutput: () => board.hangUp() });
    await assert.rejects(running, { name: "TransportError", code: "gone" });
    assert.equal(repl.ready, false);
  });
});

Deno.test("RawRepl.exec() says what came when the board does not answer", async () => {
  await play([on(ASK, "what?")], async (repl) => {
    await assert.rejects(run(repl, "a"), {
      code: "protocol",
      message: /has not answered the request to send code for 0\.2 s.*"[^"]*what\?"/,
    });
    assert.equal(repl.ready, false);
  });
});

Deno.test("RawRepl.exec() says how far it came when the board stops taking code", async () => {
  await play([on(ASK, "R\x01\x04\x00"), on("abcd")], async (repl) => {
    await assert.rejects(run(repl, "abcdefgh"), {
      code: "protocol",
      message: /has not answered 4 of 8 bytes of code/,
    });
  });
});

Deno.test("RawRepl.softReset() hands on what boot.py prints, and nothing else", async () => {
  await play([
    on(
      "\x03\x04",
      "OK\r\nMPY: sync filesystems\r\nMPY: soft re",
      "boot\r\nraw",
      " boot\r\nra",
      RAW,
    ),
    on(ASK, GRANT_128),
    on("a\x04", "\x04\x04\x04>"),
  ], async (repl) => {
    let output = "";
    await repl.softReset({ onOutput: (chunk) => void (output += String.fromCharCode(...chunk)) });
    assert.equal(output, "raw boot\r\nra");
    assert.deepEqual(await run(repl, "a"), ran(""));
  });
});

Deno.test("RawRepl.softReset() understands old firmware", async () => {
  await play([on("\x03\x04", "OK\r\nsoft reboot\r\n" + RAW)], async (repl) => {
    await repl.softReset();
    assert.equal(repl.ready, true);
  });
});

Deno.test("RawRepl.softReset() interrupts a boot.py when its signal aborts", async () => {
  await play([
    on("\x03\x04", "OK\r\nMPY: soft reboot\r\n", "connecting"),
    on("\x03", "KeyboardInterrupt: \r\n", RAW),
  ], async (repl) => {
    const stop = new AbortController();
    await repl.softReset({ signal: stop.signal, onOutput: () => stop.abort() });
    assert.equal(repl.ready, true);
  });
});

Deno.test("RawRepl.softReset() enters again when the board comes up in its friendly REPL", async () => {
  await play([
    on("\x03\x04", "OK\r\nMPY: soft reboot\r\n", BANNERS.MicroPython),
    ENTER,
  ], async (repl) => {
    await repl.softReset();
    assert.equal(repl.ready, true);
  });
});

Deno.test("RawRepl.softReset() ends when boot.py does not", async () => {
  await play([on("\x03\x04", "OK\r\nMPY: soft reboot\r\n", "waiting")], async (repl) => {
    await assert.rejects(repl.softReset(), { code: "busy", message: /not back after 0\.2 s/ });
    assert.equal(repl.ready, false);
  });
});

Deno.test("RawRepl.leave() goes back to the friendly REPL, once, and reads no more", async () => {
  await play([on("\x02")], async (repl) => {
    await repl.leave();
    await repl.leave();
    assert.equal(repl.ready, false);
  });
});
