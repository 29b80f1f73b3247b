import assert from "node:assert/strict";
import { startBoards, type Station } from "./sim.ts";
import { type SimulationOptions } from "./sim_options.ts";
import { dial, Hand } from "./testing.ts";

/** Starts a board with faults, speaks to it within this process, and puts it away. */
function withFaults(
  faults: string[],
  test: (hand: Hand, station: Station) => Promise<void>,
  options: Partial<SimulationOptions> = {},
): () => Promise<void> {
  return async () => {
    await using sim = await startBoards({ names: ["ill"], faults, seed: 4, ...options });
    const [station] = sim.boards;
    await using hand = new Hand(await station.connect());
    await test(hand, station);
  };
}

Deno.test(
  "flood: prints from the start, until a Ctrl-C",
  withFaults(["flood"], async (hand) => {
    await hand.until("lazy dog\r\nI (4711) wifi: ");
    await hand.raw();
    assert.deepEqual(await hand.exec("print(dir())"), {
      out: "['__name__', '__file__']\r\n",
      error: "",
    });
    await hand.send("\x04");
    await hand.until("lazy dog\r\n");
    await hand.send("\x03");
    await hand.until("KeyboardInterrupt: \r\n");
    await hand.until("raw REPL; CTRL-B to exit\r\n>");
  }),
);

Deno.test(
  "flood=N: ends by itself",
  withFaults(["flood=200"], async (hand) => {
    await hand.until("lazy dog\r\n");
    await hand.until(">>> ");
  }),
);

Deno.test(
  "deaf: prints for ever whatever is sent; only the reset button helps, and not for long",
  withFaults(["deaf"], async (hand, { board }) => {
    await hand.until("lazy dog\r\n");
    await hand.send("\r\x03\x03\x01\x02\x04");
    for (let i = 0; i < 200; i++) await hand.until("lazy dog\r\n");
    assert.ok(!hand.heard.includes("raw REPL") && !hand.heard.includes("Interrupt"));
    await board.reset();
    await hand.until("lazy dog\r\n");
  }),
);

Deno.test(
  "deaf=N: listens afterwards",
  withFaults(["deaf=500"], async (hand) => {
    await hand.until("lazy dog\r\n");
    await hand.send("\x03");
    await hand.until(">>> ");
    // Until code runs, Ctrl-C is a key like any other.
    await hand.send("exec('print(6*7)\\nwhile 1:pass')\r");
    await hand.until("\r\n42\r\n");
    await hand.send("\x03");
    await hand.until("KeyboardInterrupt: \r\n>>> ");
  }),
);

Deno.test(
  "noise comes first, and the board answers behind it",
  withFaults(["noise=300"], async (hand) => {
    await hand.send("\r\x03\x03\x01");
    const before = await hand.until("raw REPL; CTRL-B to exit\r\n>");
    assert.ok(before.length > 300);
    assert.deepEqual(await hand.exec("print(1)"), { out: "1\r\n", error: "" });
  }),
);

Deno.test(
  "full: what is written fails with 28",
  withFaults(["full=8192"], async (hand) => {
    await hand.raw();
    const { out, error } = await hand.exec(
      "import os\ns = os.statvfs('/')\nprint(s[0] * s[3])\nf = open('x', 'wb')\n" +
        "try:\n  for i in range(99): f.write(bytes(1024))\nexcept OSError as e: print(e.errno, i)",
    );
    assert.equal(error, "");
    assert.equal(out, "8192\r\n28 8\r\n");
  }),
);

Deno.test(
  "reset: the board starts again in the middle of what it says",
  withFaults(["reset=200"], async (hand) => {
    await hand.raw();
    await hand.send("x = 1\nwhile True: print('line')\x04");
    await hand.until("line\r\n");
    await hand.until("MicroPython v");
    await hand.until(">>> ");
    await hand.raw();
    assert.equal((await hand.exec("print('x' in dir())")).out, "False\r\n");
  }),
);

Deno.test(
  "flip: some of what the board says is wrong, the same for the same seed",
  async () => {
    const heard: string[] = [];
    for (let i = 0; i < 2; i++) {
      await withFaults(["flip=100"], async (hand) => {
        await hand.raw();
        await hand.send("print('a' * 9000)\x04");
        let all = "";
        while (all.length < 9000) {
          await hand.more();
          all += hand.heard;
          hand.heard = "";
        }
        heard.push(all.slice(0, 9000));
      })();
    }
    assert.equal(heard[0], heard[1]);
    const wrong = [...heard[0].slice(2)].filter((char) => char !== "a").length;
    assert.ok(wrong > 0 && wrong < 50, `${wrong}`);
  },
);

Deno.test(
  "stall: all arrives, late",
  withFaults(["stall=60"], async (hand) => {
    await hand.raw();
    const start = performance.now();
    assert.equal((await hand.exec("print('a' * 4096)")).out.length, 4098);
    assert.ok(performance.now() - start >= 60);
  }),
);

Deno.test("faults are at work on every port: mute, from byte N of the wire", async () => {
  await using sim = await startBoards({
    names: ["ill"],
    faults: ["mute=6"],
    tcp: 0,
    mp: 0,
    pty: true,
  });
  const [{ addresses }] = sim.boards;
  const [, tcp, mp] = addresses;
  await using plain = new Hand(await dial(tcp));
  await plain.send("\r\x03\x03\x01");
  while (plain.heard.length < 6) await plain.more();
  assert.equal(await plain.untilQuiet(50), "\r\n>>> ");
  await using served = new Hand(await dial(mp.replace("mp:", "tcp:")));
  await served.send("simulated\n");
  while (served.heard.length < 6) await served.more();
  assert.equal(await served.untilQuiet(50), "ns-V1\n");
});

Deno.test("cut ends a connection within the process", async () => {
  await withFaults(["cut=20"], async (hand) => {
    await hand.send("\r\x03\x03\x01\x02");
    assert.equal((await hand.untilGone()).length, 20);
  })();
});

Deno.test(
  "delay: all arrives in order, late",
  withFaults(["delay=30"], async (hand) => {
    await hand.raw();
    const { out } = await hand.exec("for i in range(20): print(i)");
    assert.equal(out, Array.from({ length: 20 }, (_, i) => `${i}\r\n`).join(""));
  }),
);

Deno.test(
  "memory: little of it is left, and more than that is a MemoryError",
  withFaults(["memory=6000"], async (hand) => {
    await hand.raw();
    const { out } = await hand.exec("import gc\ngc.collect()\nprint(gc.mem_free())");
    assert.ok(Number(out) <= 6000 && Number(out) > 2000, out);
    const { error } = await hand.exec("x = bytearray(8000)");
    assert.match(error, /MemoryError/);
    assert.equal((await hand.exec("print(1)")).out, "1\r\n");
  }),
);
