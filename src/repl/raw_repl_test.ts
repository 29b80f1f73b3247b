import assert from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { collect, FORGET } from "./collect_code.ts";
import { ASK, GRANT_128, OLD, play, ran, run } from "./raw_repl_testing.ts";
import { on, SYNC } from "./scripted_testing.ts";

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

Deno.test("RawRepl.exec() types what an old board surely has room for in one piece", async () => {
  const code = "#".repeat(62);
  await play([
    on(ASK, "raw REPL; CTRL-B", " to exit\r\n>"),
    SYNC,
    on(ASK, "raw REPL; CTRL-B", " to exit\r\n>"),
    on(`${code}\x04`, "O", "K", "1\x04\x04>"),
  ], async (repl) => {
    assert.deepEqual(await run(repl, code), ran("1"));
  });
});

/** Longer than what is typed in one piece. */
const LONG = "a\n".repeat(40);
const { lines: LINES, run: RUN } = collect(encode(LONG), { lineBytes: 62 });
/** How an old board collects it, as far as the line before `end`. */
const collecting = (end = LINES.length) => LINES.slice(0, end).map((line) => took(line));
const took = (line: Uint8Array, answer = "OK\x04\x04>") =>
  on(String.fromCharCode(...line) + "\x04", answer);
const FORGOTTEN = took(FORGET);

Deno.test("RawRepl.exec() has an old board collect longer code, and run it when it is whole", async () => {
  const traceback = "Traceback (most recent call last):\r\n";
  const frames =
    '  File "<stdin>", line 1, in <module>\r\n  File "<string>", line 2, in <module>\r\n';
  await play([
    ...OLD,
    ...collecting(),
    took(RUN, `OKout\x04${traceback}${frames}NameError: a\r\n\x04>`),
    took(
      encode("f()"),
      'OK\x04  File "<stdin>", line 1\r\n  File "<string>", line 9, in f\r\n\x04>',
    ),
  ], async (repl) => {
    const [, inner] = frames.split("\r\n");
    const shown = `${traceback}${inner.replace("string", "stdin")}\r\nNameError: a\r\n`;
    assert.deepEqual(await run(repl, LONG), ran("out", shown));
    const both = '  File "<stdin>", line 1\r\n  File "<stdin>", line 9, in f\r\n';
    assert.deepEqual(await run(repl, "f()"), ran("", both));
  });
});

Deno.test("RawRepl.exec() types code anew that was damaged on its way", async () => {
  await play([
    ...OLD,
    ...collecting(7),
    took(LINES[7], "OK\x04Traceback\r\nSyntaxError: invalid syntax\r\n\x04>"),
    ...collecting(),
    took(RUN, "OK1\x04\x04>"),
  ], async (repl) => assert.deepEqual(await run(repl, LONG), ran("1")));
});

Deno.test("RawRepl.exec() does not run code that never arrives whole", async () => {
  const attempt = [
    ...collecting(LINES.length - 2),
    took(LINES.at(-2)!, "OK\x04ZeroDivisionError: division by zero\r\n\x04>"),
  ];
  await play([...OLD, ...attempt, ...attempt, ...attempt, FORGOTTEN], async (repl) => {
    await assert.rejects(run(repl, LONG), {
      name: "ReplError",
      code: "protocol",
      message: /3 times and never arrived as it was sent, so it was not run/,
    });
    assert.equal(repl.ready, true);
  });
});

Deno.test("RawRepl.exec() returns that an old board has no room for code", async () => {
  const refusal = "MemoryError: memory allocation failed\r\n";
  const frame = 'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\n';
  await play([
    ...OLD,
    ...collecting(2),
    took(LINES[2], `OK\x04${frame}${refusal}\x04>`),
    FORGOTTEN,
  ], async (repl) => assert.deepEqual(await run(repl, LONG), ran("", refusal)));
});

Deno.test("RawRepl.exec() hands on what the board printed between two cells", async () => {
  await play(
    [
      on(ASK, GRANT_128),
      on("pass\x04", "\x04\x04\x04>"),
      on(`${ASK}a\x04`, "tick\r\n", GRANT_128, "tock", "\x041\x04\x04>"),
    ],
    async (repl) => {
      await run(repl, "pass");
      assert.deepEqual(await run(repl, "a"), ran("tick\r\ntock1"));
    },
  );
});

Deno.test("RawRepl.exec() notices that the prompt was for somebody who spoke to the board before", async () => {
  // Their code runs still when ours is offered; nothing of ours is sent before the board is in step.
  await play([
    on(ASK, "OK"),
    SYNC,
    on(ASK, GRANT_128),
    on("a\x04", "\x041\x04\x04>"),
  ], async (repl) => {
    assert.deepEqual(await run(repl, "a"), ran("1"));
  });
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
