import assert from "node:assert/strict";
import { SimulatedBoard } from "./board.ts";
import { Hand } from "./testing.ts";

/** Starts a board, speaks to it, and puts it away. */
function withBoard(
  options: Omit<Parameters<typeof SimulatedBoard.start>[0], "name">,
  test: (hand: Hand, board: SimulatedBoard) => Promise<void>,
): () => Promise<void> {
  return async () => {
    await using board = await SimulatedBoard.start({ name: "demo", ...options });
    await using hand = new Hand(await board.connect());
    await test(hand, board);
  };
}

const text = (content: string) => new TextEncoder().encode(content);
const BANNER = "MicroPython v1.27.0 on 2025-12-09; Generic ESP32 module with ESP32\r\n" +
  'Type "help()" for more information.\r\n>>> ';

Deno.test(
  "a board's friendly REPL echoes, evaluates and shows tracebacks",
  withBoard({}, async (hand) => {
    await hand.send("\r");
    assert.equal(await hand.until(">>> "), "\r\n>>> ");
    await hand.send("6 * 7\r");
    assert.equal(await hand.until(">>> "), "6 * 7\r\n42\r\n>>> ");
    await hand.send("nix\r");
    assert.match(await hand.until(">>> "), /NameError: name 'nix' isn't defined\r\n>>> $/);
    await hand.send("\x02");
    assert.equal(await hand.until(">>> "), `\r\n${BANNER}`);
  }),
);

Deno.test(
  "a board's raw REPL separates output and traceback with 0x04",
  withBoard({}, async (hand) => {
    await hand.raw();
    await hand.send("print('a')\nb\x04");
    assert.equal(
      await hand.until("\x04>"),
      "OKa\r\n\x04Traceback (most recent call last):\r\n" +
        "  File \"<stdin>\", line 2, in <module>\r\nNameError: name 'b' isn't defined\r\n\x04>",
    );
  }),
);

Deno.test(
  "raw paste states its window, grants one more for each it reads, and runs at 0x04",
  withBoard({}, async (hand) => {
    await hand.raw();
    await hand.send("\x05A\x01");
    assert.equal(await hand.until("\x80\x00\x01"), "R\x01\x80\x00\x01");
    await hand.send("#".repeat(127));
    assert.equal(await hand.untilQuiet(50), "");
    await hand.send("#");
    assert.equal(await hand.until("\x01"), "\x01");
    await hand.send("\nprint(1)\x04");
    assert.equal(await hand.until("\x04>"), "\x041\r\n\x04\x04>");
  }),
);

Deno.test(
  "raw paste is ended by the board when it cannot compile, and what follows is dropped",
  withBoard({}, async (hand) => {
    await hand.raw();
    await hand.send("\x05A\x01");
    await hand.until("\x80\x00\x01");
    await hand.send("x = = 1\n");
    assert.equal(await hand.until("\x04"), "\x04");
    await hand.send("print('never')\x04");
    const rest = await hand.until("\x04>");
    assert.ok(rest.startsWith("\x04Traceback"), rest);
    assert.ok(rest.endsWith("SyntaxError: invalid syntax\r\n\x04>"), rest);
  }),
);

Deno.test(
  "raw paste is given up at Ctrl-C, without running what came",
  withBoard({}, async (hand) => {
    await hand.raw();
    await hand.send("\x05A\x01");
    await hand.until("\x80\x00\x01");
    await hand.send("print('never')\n\x03");
    assert.equal(await hand.until("\x04>"), "\x04\x04KeyboardInterrupt: \r\n\x04>");
  }),
);

Deno.test(
  "a legacy board knows no raw paste: Ctrl-A starts the raw REPL again",
  withBoard({ profile: "legacy" }, async (hand) => {
    await hand.raw();
    await hand.send("\x05A\x01");
    assert.equal(await hand.until(">"), "raw REPL; CTRL-B to exit\r\n>");
    assert.deepEqual(await hand.exec("print(1)"), { out: "1\r\n", error: "" });
    await hand.send("\x04");
    assert.equal(await hand.until(">"), "OK\r\nPYB: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
  }),
);

Deno.test(
  "an unknown raw command is refused with R and 0",
  withBoard({}, async (hand) => {
    await hand.raw();
    await hand.send("\x05Z\x01");
    assert.equal(await hand.until(">"), "R\x00>");
  }),
);

Deno.test(
  "Ctrl-C stops `while True: pass`, sleep and input(), and state is kept",
  withBoard({}, async (hand) => {
    await hand.raw();
    await hand.exec("kept = 42");
    for (
      const code of [
        "print('go')\nwhile True: pass",
        "import time\nprint('go')\ntime.sleep(3600)",
        "input('go')",
        "import sys\nprint('go')\nsys.stdin.read(1)",
        "import sys\nprint('go')\nsys.stdin.buffer.read(1)",
      ]
    ) {
      await hand.send(`${code}\x04`);
      await hand.until("go");
      await hand.send("\x03");
      const answer = await hand.until("\x04>");
      assert.ok(answer.includes("\x04Traceback"), code);
      assert.ok(answer.endsWith("KeyboardInterrupt: \r\n\x04>"), code);
      assert.equal(answer.split("<stdin>").length, 2, `${code}: one frame, not those of before`);
    }
    assert.equal((await hand.exec("print(kept)")).out, "42\r\n");
  }),
);

Deno.test(
  "micropython.kbd_intr(-1) makes 0x03 a byte like any other",
  withBoard({}, async (hand) => {
    await hand.raw();
    await hand.send(
      "import micropython, sys\nmicropython.kbd_intr(-1)\nprint('go')\n" +
        "print(sys.stdin.buffer.read(4))\x04",
    );
    await hand.until("go\r\n");
    await hand.send("\x00\x03\r\x04");
    assert.equal(await hand.until("\x04>"), "b'\\x00\\x03\\r\\x04'\r\n\x04\x04>");
  }),
);

Deno.test(
  "input() and sys.stdin read what the host sends; text has line feeds, bytes are untouched",
  withBoard({}, async (hand) => {
    await hand.raw();
    await hand.send("print(repr(input('name? ')))\x04");
    await hand.until("name? ");
    await hand.send("bob\r");
    assert.equal(await hand.until("\x04>"), "bob\r\n'bob'\r\n\x04\x04>");
    await hand.send("import sys\nprint('go')\nprint(repr(sys.stdin.readline()))\x04");
    await hand.until("go\r\n");
    await hand.send("one\r");
    assert.equal(await hand.until("\x04>"), "'one\\n'\r\n\x04\x04>");
    // The line editor is not confused by it (a fault of the event-driven REPL).
    await hand.send("\x02");
    await hand.until(">>> ");
    await hand.send("1\r");
    assert.equal(await hand.until(">>> "), "1\r\n1\r\n>>> ");
  }),
);

Deno.test(
  "text goes out with carriage returns, bytes as they are",
  withBoard({}, async (hand) => {
    await hand.raw();
    const { out } = await hand.exec(
      "import sys\nsys.stdout.write('a\\nb\\r\\n')\nn = sys.stdout.buffer.write(b'c\\nd\\xff')",
    );
    assert.equal(out, "a\r\nb\r\r\nc\nd\xff");
  }),
);

Deno.test(
  "boot.py and main.py run at power-up and at a soft reset; from the raw REPL only boot.py",
  withBoard({
    files: [["/boot.py", text("print('boot')\nx = 1\n")], ["/main.py", text("print('main', x)\n")]],
  }, async (hand) => {
    await hand.raw();
    await hand.send("\x02");
    await hand.until(BANNER);
    await hand.send("\x04");
    assert.equal(
      await hand.until(">>> "),
      `\r\nMPY: soft reboot\r\nboot\r\nmain 1\r\n${BANNER}`,
    );
    await hand.raw();
    await hand.exec("y = 2\nopen('kept', 'w').close()");
    await hand.send("\x04");
    assert.equal(
      await hand.until("\r\n>"),
      "OK\r\nMPY: soft reboot\r\nboot\r\nraw REPL; CTRL-B to exit\r\n>",
    );
    const { out } = await hand.exec("import os\nprint('y' in globals(), sorted(os.listdir()))");
    assert.equal(out, "False ['boot.py', 'kept', 'main.py']\r\n");
  }),
);

Deno.test(
  "a main.py that never ends can be interrupted; its traceback names it",
  withBoard({
    files: [["/main.py", text("import time\nwhile True:\n    print('tick'); time.sleep_ms(2)\n")]],
  }, async (hand) => {
    await hand.until("tick\r\ntick\r\n");
    await hand.send("\x03");
    const answer = await hand.until(">>> ");
    assert.ok(
      answer.endsWith(
        'Traceback (most recent call last):\r\n  File "main.py", line 3, in <module>\r\n' +
          `KeyboardInterrupt: \r\n${BANNER}`,
      ),
      answer,
    );
  }),
);

Deno.test(
  "machine: unique_id(), reset(), soft_reset(), freq(), Pin, reset_cause()",
  withBoard({}, async (hand, board) => {
    await hand.raw();
    const { out, error } = await hand.exec(
      "import machine\n" +
        "print(':'.join('%02x' % b for b in machine.unique_id()), machine.freq())\n" +
        "p = machine.Pin(2, machine.Pin.OUT)\np.on()\nprint(p.value(), machine.reset_cause())",
    );
    assert.equal(error, "");
    assert.equal(out, `${board.uid} 160000000\r\n1 1\r\n`);
    await hand.send("import machine\nmachine.soft_reset()\x04");
    assert.match(await hand.until("\r\n>"), /MPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>$/);
    await hand.send("import machine\nmachine.reset()\x04");
    assert.equal(await hand.until(">>> "), `OK${BANNER}`);
    await hand.raw();
    assert.equal((await hand.exec("import machine\nprint(machine.reset_cause())")).out, "2\r\n");
  }),
);

Deno.test(
  "machine: PWM keeps what it was told, ADC reads half, nothing answers on the buses",
  withBoard({}, async (hand) => {
    await hand.raw();
    const { out, error } = await hand.exec(
      "from machine import *\np = PWM(Pin(2), freq=1000)\np.duty_ns(250000)\n" +
        "print(p.freq(), p.duty_u16(), ADC(Pin(3)).read_u16(), ADC(4).read_uv())\n" +
        "print(I2C(0).scan(), SoftI2C(scl=Pin(1), sda=Pin(2)).scan(), SPI(1, 1000000).read(2))\n" +
        "u = UART(1, baudrate=9600)\nprint(u.write(b'abc'), u.any(), u.read())\n" +
        "try: I2C(0).readfrom_mem(0x68, 0, 2)\nexcept OSError as e: print(e.errno)",
    );
    assert.equal(error, "");
    assert.equal(out, "1000 16383 32768 1650000\r\n[] [] b'\\x00\\x00'\r\n3 0 None\r\n19\r\n");
  }),
);

Deno.test("a board is closed once it was closed, or switched itself off", async () => {
  const closed = await SimulatedBoard.start({ name: "demo" });
  assert.equal(closed.closed, false);
  await closed.reset();
  assert.equal(closed.closed, false);
  await closed.close();
  assert.equal(closed.closed, true);
  await using board = await SimulatedBoard.start({ name: "demo" });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  await hand.send("import machine\nmachine.bootloader()\x04");
  await hand.untilGone();
  assert.equal(board.closed, true);
});

Deno.test(
  "the reset button works whatever the program does, and leaves the files",
  withBoard({}, async (hand, board) => {
    await hand.raw();
    await hand.exec(
      "with open('kept', 'w') as f: f.write('yes')\n" +
        "with open('torn', 'w') as f: f.write('old')\nf = open('torn', 'w')\nn = f.write('new')",
    );
    await hand.send("print('go')\nwhile True:\n  try:\n    while True: pass\n  except: pass\x04");
    await hand.until("go");
    await board.reset();
    assert.equal(await hand.until(">>> "), `\r\n${BANNER}`);
    await hand.raw();
    const { out } = await hand.exec("print(open('kept').read(), open('torn').read())");
    assert.equal(out, "yes old\r\n");
  }),
);

Deno.test(
  "the clock can be set and goes on over a soft reset",
  withBoard({}, async (hand) => {
    await hand.raw();
    await hand.exec("import machine\nmachine.RTC().datetime((2031, 2, 3, 0, 4, 5, 6, 0))");
    await hand.send("\x04");
    await hand.until("\r\n>");
    const { out } = await hand.exec(
      "import time, machine\nprint(time.localtime()[:5], machine.RTC().datetime()[:4])\n" +
        "print(type(time.time()))",
    );
    assert.equal(out, "(2031, 2, 3, 4, 5) (2031, 2, 3, 0)\r\n<class 'int'>\r\n");
  }),
);

Deno.test(
  "asyncio.run() runs tasks side by side and gives back the result",
  withBoard({}, async (hand) => {
    await hand.raw();
    const { out, error } = await hand.exec(
      "import asyncio\nasync def t(n):\n  for i in range(2):\n    print(n, i)\n" +
        "    await asyncio.sleep_ms(1)\n  return n\n" +
        "async def m():\n  return await asyncio.gather(t('a'), t('b'))\nprint(asyncio.run(m()))",
    );
    assert.equal(error, "");
    assert.equal(out, "a 0\r\nb 0\r\na 1\r\nb 1\r\n['a', 'b']\r\n");
  }),
);

Deno.test(
  "two boards with one seed are random alike",
  async () => {
    const outs = [];
    for (let i = 0; i < 2; i++) {
      await using board = await SimulatedBoard.start({ name: "demo", seed: 7 });
      await using hand = new Hand(await board.connect());
      await hand.raw();
      outs.push((await hand.exec("import random\nprint(random.getrandbits(30))")).out);
    }
    assert.equal(outs[0], outs[1]);
  },
);

Deno.test("a board survives any bytes", async () => {
  const seed = Math.trunc(Math.random() * 2 ** 32);
  console.log(`seed ${seed}`);
  let state = seed;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  await using board = await SimulatedBoard.start({ name: "fuzz", profile: "pico" });
  await using hand = new Hand(await board.connect());
  const likely = "\x01\x02\x03\x04\x05\x05A\x01\r\n()[]:'\"\\ ifx=1\t\x1b[A";
  for (let round = 0; round < 60; round++) {
    let noise = "";
    while (noise.length < 200) {
      noise += random() < 0.7
        ? likely[Math.trunc(random() * likely.length)]
        : String.fromCharCode(Math.trunc(random() * 256));
    }
    await hand.send(noise);
  }
  // Out of whatever mode it is in: a paste, a string that goes on, a program that reads.
  await hand.send("\x03\x04\x03\r\x03\x03\x02");
  await hand.untilQuiet(200);
  await hand.raw();
  assert.deepEqual(await hand.exec("print('alive')"), { out: "alive\r\n", error: "" });
});

Deno.test("SimulatedBoard.start() says which profiles there are", async () => {
  await assert.rejects(SimulatedBoard.start({ name: "demo", profile: "avr" }), {
    name: "RangeError",
    message: /There is no profile "avr"/,
  });
});

Deno.test("SimulatedBoard.start() fails when its thread cannot be started", async () => {
  const workerUrl = "data:text/javascript,throw new Error('broken')";
  await assert.rejects(SimulatedBoard.start({ name: "demo", workerUrl }), /cannot start.*broken/);
});
