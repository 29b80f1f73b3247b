import assert from "node:assert/strict";
import { TransportError } from "@/transport/transport.ts";
import { ASK, GRANT_128, play, ran, run } from "./raw_repl_testing.ts";
import type { RawRepl } from "./raw_repl.ts";
import { ENTER, on, RAW, type ScriptedTransport, SYNC } from "./scripted_testing.ts";

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
  await play(
    [on(ASK, GRANT_128), on("pass\x04", "\x04\x04\x04>"), on(`${ASK}a\x04`, "what?")],
    async (repl) => {
      await run(repl, "pass");
      await assert.rejects(run(repl, "a"), {
        code: "protocol",
        message: /has not answered the request to send code for 0\.2 s.*"[^"]*what\?"/,
      });
      assert.equal(repl.ready, false);
    },
  );
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

const NOTICE = "OK\r\nMPY: soft reboot\r\n";
/** What is heard of a restart by a connection that the interpreter itself serves. */
const LAST_WORDS = {
  "a part of the notice": "OK\r\nMPY: so",
  "the notice": NOTICE,
  "the notice, and what boot.py prints": NOTICE + "connecting",
  "all, up to a prompt": NOTICE + "connecting\r\n" + RAW,
  "a prompt alone": RAW,
};
/** When that connection ends. */
const ENDS = {
  "right behind it": (board: ScriptedTransport) => board.hangUp(),
  "later": async (board: ScriptedTransport) => {
    await board.listening();
    board.hangUp();
  },
  "never": () => {},
};
for (const [words, said] of Object.entries(LAST_WORDS)) {
  for (const [when, end] of Object.entries(ENDS)) {
    if (said.length < NOTICE.length && when === "never") continue;
    Deno.test(`RawRepl.softReset() ends a connection that says ${words} and closes ${when}`, async () => {
      await play([on("\x03\x04", said)], async (repl, board) => {
        board.endsOnRestart = true;
        const restarting = repl.softReset();
        await end(board);
        assert.equal(await restarting, "ended");
        assert.equal(repl.ready, false);
      });
    });
  }
}

Deno.test("RawRepl.softReset() waits no longer for the end of a connection than one likes", async () => {
  await play([on("\x03\x04", NOTICE)], async (repl, board) => {
    board.endsOnRestart = true;
    const stop = new AbortController();
    const restarting = repl.softReset({ signal: stop.signal });
    await board.listening();
    stop.abort();
    assert.equal(await restarting, "ended");
  });
});

Deno.test("RawRepl.softReset() takes no board for restarted that was not told to", async () => {
  await play([], async (repl, board) => {
    board.endsOnRestart = true;
    const gone = new TransportError("gone", board.address, "gone");
    board.write = () => Promise.reject(gone);
    await assert.rejects(repl.softReset(), gone);
  });
});

Deno.test("RawRepl.softReset() passes on that a cable was pulled meanwhile", async () => {
  await play([on("\x03\x04", NOTICE)], async (repl, board) => {
    board.hangUp();
    await assert.rejects(repl.softReset(), { name: "TransportError", code: "gone" });
  });
});

Deno.test("RawRepl.leave() goes back to the friendly REPL, once, and reads no more", async () => {
  await play([on("\x02")], async (repl) => {
    await repl.leave();
    await repl.leave();
    assert.equal(repl.ready, false);
  });
});

/** Says something to a board's watcher, and waits until all of it was read. */
async function sayIdle(repl: RawRepl, board: ScriptedTransport, said: string): Promise<void> {
  board.say(said.slice(0, 7), said.slice(7));
  const watching = repl.watch();
  await board.listening();
  await repl.endWatch();
  await watching;
}

const IDLE_RESETS = {
  "a banner": BANNERS.MicroPython,
  "CircuitPython's banner": BANNERS.CircuitPython,
  "a banner, and what a timer prints": BANNERS.MicroPython + "tick\r\n",
  "a friendly prompt": "\r\n>>> ",
  "an ESP32's first words": "ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\n",
  "an ESP8266's first words": " ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n",
};
for (const [what, said] of Object.entries(IDLE_RESETS)) {
  Deno.test(`RawRepl.endWatch() takes ${what} for a restart, and enters anew`, async () => {
    const script = [ENTER, SYNC, on(ASK, GRANT_128), on("b\x04", "\x04\x04\x04>")];
    await play(script, async (repl, board) => {
      await sayIdle(repl, board, said);
      assert.deepEqual(await Promise.all([repl.endWatch(), repl.endWatch()]), [false, false]);
      assert.equal(repl.ready, false);
      assert.deepEqual(await run(repl, "b"), ran(""));
      assert.equal(await repl.endWatch(), true);
    });
  });
}

Deno.test("RawRepl.endWatch() takes what a timer prints for what it is", async () => {
  await play([], async (repl, board) => {
    await sayIdle(repl, board, "MicroPython is fun; so is printing\r\n");
    assert.equal(await repl.endWatch(), true);
    assert.equal(repl.ready, true);
  });
});
