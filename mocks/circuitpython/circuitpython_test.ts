import assert from "node:assert/strict";
import { type BoardOptions, SimulatedBoard } from "../board.ts";
import { Hand } from "../testing.ts";

/** Starts a board, speaks to it, and puts it away. */
function withBoard(
  options: Partial<BoardOptions>,
  test: (hand: Hand, board: SimulatedBoard) => Promise<void>,
): () => Promise<void> {
  return async () => {
    await using board = await SimulatedBoard.start({
      name: "snake",
      profile: "circuitpython",
      ...options,
    });
    await using hand = new Hand(await board.connect());
    await test(hand, board);
  };
}

const file = (name: string, content: string): [string, Uint8Array] => [
  `/${name}`,
  new TextEncoder().encode(content),
];
const ON =
  "Auto-reload is on. Simply save files over USB to run them or enter REPL to disable.\r\n";
const CLEAR = "\x1b[2K\x1b[0G";
const PRESS = "\r\nPress any key to enter the REPL. Use CTRL-D to reload.\r\n";
const DONE = "\r\nCode done running.\r\n";
const BANNER =
  "\r\nAdafruit CircuitPython 9.2.1 on 2024-11-20; Raspberry Pi Pico with rp2040\r\n>>> ";

Deno.test(
  "CircuitPython waits for a key, and shows its REPL at any",
  withBoard({}, async (hand) => {
    assert.equal(await hand.until(PRESS), `${CLEAR}${ON}${PRESS}`);
    await hand.send("x");
    assert.equal(await hand.until(">>> "), BANNER);
    await hand.send("6 * 7\r");
    assert.equal(await hand.until(">>> "), "6 * 7\r\n42\r\n>>> ");
  }),
);

Deno.test(
  "CircuitPython runs code.py at Ctrl-D, with what it says around it",
  withBoard({ files: [file("code.py", "print('code')\n")] }, async (hand) => {
    await hand.until(PRESS);
    await hand.send("\r");
    await hand.until(">>> ");
    await hand.send("\x04");
    // The first one ends the REPL's line.
    assert.equal(await hand.until("\r\n"), "\r\n");
    const run = `\r\n${CLEAR}${ON}${CLEAR}code.py output:\r\ncode\r\n${DONE}${PRESS}`;
    assert.equal(await hand.until(PRESS), `soft reboot\r\n${run}`);
    // At the invitation, too; then a key and the REPL.
    await hand.send("\x04");
    assert.equal(await hand.until(PRESS), `soft reboot\r\n${run}`);
    await hand.send("\x03");
    assert.equal(await hand.until(">>> "), BANNER);
  }),
);

Deno.test(
  "CircuitPython: Ctrl-C ends code.py, and then it waits for a key",
  withBoard({
    files: [file("code.py", "import time\nwhile True:\n    print('tick')\n    time.sleep(0.01)\n")],
  }, async (hand) => {
    await hand.until("tick\r\ntick\r\n");
    await hand.send("\x03");
    await hand.until(`KeyboardInterrupt: \r\n${DONE}`);
    await hand.until(PRESS);
    await hand.send("\r\x03\x03\x01");
    await hand.until("raw REPL; CTRL-B to exit\r\n>");
    assert.deepEqual(await hand.exec("print(1)"), { out: "1\r\n", error: "" });
  }),
);

Deno.test(
  "CircuitPython: each change between raw and friendly REPL starts a fresh interpreter",
  withBoard({ files: [file("code.py", "print('code')\n")] }, async (hand) => {
    await hand.until(PRESS);
    await hand.send("\r");
    await hand.until(BANNER);
    await hand.send("x = 1\r");
    await hand.until(">>> ");
    await hand.send("\x01");
    assert.equal(await hand.until("\r\n>"), "\r\nraw REPL; CTRL-B to exit\r\n>");
    assert.deepEqual(await hand.exec("print('x' in dir())\ny = 1"), {
      out: "False\r\n",
      error: "",
    });
    assert.equal((await hand.exec("print(y)")).out, "1\r\n");
    await hand.send("\x02");
    assert.equal(await hand.until(">>> "), `\r\n${BANNER}`);
    await hand.send("'y' in dir()\r");
    assert.equal(await hand.until(">>> "), "'y' in dir()\r\nFalse\r\n>>> ");
    // A soft reset in the raw REPL runs nothing.
    await hand.send("\x01");
    await hand.until("\r\n>");
    await hand.send("\x04");
    assert.equal(await hand.until("\r\n>"), "OK\r\nsoft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
  }),
);

Deno.test(
  "CircuitPython: raw paste works",
  withBoard({}, async (hand) => {
    await hand.until(PRESS);
    await hand.send("\r\x01");
    await hand.until("raw REPL; CTRL-B to exit\r\n>");
    await hand.send("\x05A\x01");
    assert.equal(await hand.until("\x80\x00\x01"), "R\x01\x80\x00\x01");
    await hand.send("print(1)\x04");
    assert.equal(await hand.until("\x04>"), "\x041\r\n\x04\x04>");
  }),
);

async function raw(hand: Hand): Promise<void> {
  await hand.until(PRESS);
  await hand.send("\r\x01");
  await hand.until("raw REPL; CTRL-B to exit\r\n>");
}

Deno.test(
  "CircuitPython: who it is, and what it has and has not",
  withBoard({}, async (hand, board) => {
    await raw(hand);
    const { out, error } = await hand.exec(
      "import sys, microcontroller, os\n" +
        "print(sys.implementation.name, sys.implementation.version[:3], sys.platform, sys.version)\n" +
        "print(sys.implementation.name == 'circuitpython', sys.implementation._machine)\n" +
        "print(':'.join('%02x' % b for b in microcontroller.cpu.uid), os.uname().release)\n" +
        "for m in ('machine', 'deflate', 'js'):\n  try: __import__(m); print(m)\n" +
        "  except ImportError: pass\n" +
        "import time\nprint(hasattr(time, 'ticks_ms'), hasattr(os, 'ilistdir'))\n" +
        "print(time.monotonic() > 0, len(time.localtime()))\n" +
        "import hashlib\nprint(hashlib.new('sha256', b'abc').digest()[:3])\n" +
        "import board\nprint(board.board_id)",
    );
    assert.equal(error, "");
    assert.equal(
      out,
      "circuitpython (9, 2, 1) RP2040 3.4.0; Adafruit CircuitPython 9.2.1 on 2024-11-20\r\n" +
        "True Raspberry Pi Pico with rp2040\r\n" +
        `${board.uid} 9.2.1\r\nFalse False\r\nTrue 9\r\nb'\\xbax\\x16'\r\nraspberry_pi_pico\r\n`,
    );
  }),
);

Deno.test(
  "CircuitPython: autoreload can be turned off, which lasts until the reset button",
  withBoard({}, async (hand, board) => {
    await raw(hand);
    const { out, error } = await hand.exec(
      "import supervisor\nprint(supervisor.runtime.autoreload)\n" +
        "supervisor.runtime.autoreload = False\nprint(supervisor.runtime.autoreload)\n" +
        "print(hasattr(supervisor, 'disable_autoreload'))",
    );
    assert.deepEqual({ out, error }, { out: "True\r\nFalse\r\nFalse\r\n", error: "" });
    await hand.send("\x02");
    await hand.until(">>> ");
    await hand.send("\x04");
    assert.match(await hand.until(PRESS), /Auto-reload is off\.\r\n/);
    await board.reset();
    assert.match(await hand.until(PRESS), /Auto-reload is on\./);
  }),
);

Deno.test(
  "CircuitPython: the flash is read-only to code, but not to the board",
  withBoard(
    { files: [file("lib/a.py", "x = 1\n"), file("boot.py", "print('hi')\n")] },
    async (hand) => {
      await raw(hand);
      const { out, error } = await hand.exec(
        "import os, storage\nprint(sorted(os.listdir('/')), storage.getmount('/').readonly)\n" +
          "for f in (lambda: open('x', 'w'), lambda: open('boot.py', 'a'), lambda: os.mkdir('d'),\n" +
          "  lambda: os.remove('boot.py'), lambda: os.rename('boot.py', 'b')):\n" +
          "  try: f(); print('?')\n  except OSError as e: print(e.errno)\n" +
          "try: storage.remount('/', False)\nexcept RuntimeError as e: print(e)\n" +
          "print(open('boot_out.txt').read())\nimport a\nprint(a.x)",
      );
      assert.equal(error, "");
      assert.match(
        out,
        /^\['boot.py', 'boot_out.txt', 'lib'\] True\r\n30\r\n30\r\n30\r\n30\r\n30\r\nCannot remount path when visible via USB\.\r\nAdafruit CircuitPython 9\.2\.1 on 2024-11-20; Raspberry Pi Pico with rp2040\r+\nBoard ID:raspberry_pi_pico\r+\nUID:E660[0-9A-F]{12}\r+\nboot\.py output:\r+\nhi\r+\n\r\n1\r\n$/,
      );
    },
  ),
);

Deno.test(
  "CircuitPython: a boot.py can make the flash writable",
  withBoard({
    files: [file("boot.py", "import storage\nstorage.remount('/', readonly=False)\n")],
  }, async (hand) => {
    await raw(hand);
    const { out, error } = await hand.exec(
      "import storage\nwith open('x', 'w') as f: f.write('yes')\nprint(open('x').read())\n" +
        "print(storage.getmount('/').readonly)",
    );
    assert.deepEqual({ out, error }, { out: "yes\r\nFalse\r\n", error: "" });
  }),
);

Deno.test(
  "CircuitPython: supervisor.reload() runs code.py again; rtc sets the clock",
  withBoard({}, async (hand) => {
    await raw(hand);
    const { out, error } = await hand.exec(
      "import rtc, time\nrtc.RTC().datetime = time.struct_time((2031, 2, 3, 4, 5, 6, 0, -1, -1))\n" +
        "t = time.localtime()\nprint(t.tm_year, t.tm_mon, t.tm_mday, t.tm_hour, t.tm_min)\n" +
        "print(time.time() - time.mktime(t) in (0, 1))",
    );
    assert.deepEqual({ out, error }, { out: "2031 2 3 4 5\r\nTrue\r\n", error: "" });
    await hand.send("\x02");
    await hand.until(">>> ");
    await hand.send("import supervisor; supervisor.reload()\r");
    await hand.until("soft reboot\r\n");
    await hand.until(PRESS);
  }),
);

Deno.test(
  "CircuitPython speaks other languages; version 8 still has disable_autoreload()",
  withBoard(
    { profile: "circuitpython-de", files: [file("code.py", "print('x')\n")] },
    async (hand) => {
      const invitation =
        "Drücke eine beliebige Taste um REPL zu betreten. Drücke STRG-D zum neuladen.";
      await hand.until(String.fromCharCode(...new TextEncoder().encode(invitation)));
      await hand.send("\r\x01");
      await hand.until("raw REPL; CTRL-B to exit\r\n>");
      const { out } = await hand.exec(
        "import supervisor\nsupervisor.disable_autoreload()\nprint(supervisor.runtime.autoreload)",
      );
      assert.equal(out, "False\r\n");
      await hand.send("\x02");
      await hand.until(">>> ");
      await hand.send("\x04");
      await hand.until("weicher reboot\r\n");
    },
  ),
);
