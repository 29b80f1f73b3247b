/** How bytes flow: bounded everywhere, and never lost but where a real board loses them. */

import assert from "node:assert/strict";
import { SimulatedBoard } from "./board.ts";
import { Hand } from "./testing.ts";

const READ_ALL = "import sys, time, select\np = select.poll()\np.register(sys.stdin, 1)\n" +
  "print('go')\ntime.sleep(0.3)\nn = 0\n" +
  "while p.poll(100): n += len(sys.stdin.buffer.read(1))\nprint(n)\x04";

Deno.test("a UART board loses what comes while its ring of 259 bytes is full", async () => {
  await using board = await SimulatedBoard.start({ name: "uart" });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  await hand.send(READ_ALL);
  await hand.until("go\r\n");
  await hand.send("x".repeat(1000));
  assert.equal(await hand.until("\x04>"), "259\r\n\x04\x04>");
});

Deno.test("a USB board makes the sender wait instead, and loses nothing", async () => {
  await using board = await SimulatedBoard.start({ name: "usb", profile: "pico" });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  await hand.send(READ_ALL);
  await hand.until("go\r\n");
  await hand.send("x".repeat(10_000));
  assert.equal(await hand.until("\x04>"), "10000\r\n\x04\x04>");
});

Deno.test("a UART board at its raw REPL takes long code as fast as it comes", async () => {
  await using board = await SimulatedBoard.start({ name: "uart" });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  await hand.send(`${"# comment\n".repeat(1000)}print('all of it')\x04`);
  assert.equal(await hand.until("\x04>"), "OKall of it\r\n\x04\x04>");
});

Deno.test("a flooding board waits for a slow reader, and every line arrives in order", async () => {
  await using board = await SimulatedBoard.start({ name: "flood" });
  const link = await board.connect();
  await using hand = new Hand(link);
  await hand.raw();
  await hand.exec("import time\nstart = time.ticks_ms()");
  await hand.send("for i in range(100000): print(i)\nprint('end')\x04");
  const lines = (await hand.until("\x04>")).slice(2).split("\r\n");
  assert.equal(lines.length, 100_002);
  for (let i = 0; i < 100_000; i++) assert.equal(lines[i], String(i));
});

Deno.test("a board nobody reads from stops, and can still be interrupted once somebody does", async () => {
  await using board = await SimulatedBoard.start({ name: "flood" });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  await hand.send("n = 0\nwhile True:\n  print(n)\n  n += 1\x04");
  await hand.until("OK0\r\n");
  await hand.send("\x03");
  await hand.until("KeyboardInterrupt: \r\n\x04>");
  // Far less than it could print in a second: what lies in rings and links is bounded.
  const { out } = await hand.exec("print(n < 500000)");
  assert.equal(out, "True\r\n");
});

Deno.test("a board with a small transmit FIFO says all it has to say, a soft reset included", async () => {
  await using board = await SimulatedBoard.start({ name: "small", transmitBytes: 16 });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  assert.equal((await hand.exec("print('x' * 1000)")).out, `${"x".repeat(1000)}\r\n`);
  await hand.send("\x04");
  assert.equal(await hand.until(">"), "OK\r\nMPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
});

Deno.test("a board that nobody listens to goes on, and its output is lost", async () => {
  const done = Promise.withResolvers<void>();
  await using board = await SimulatedBoard.start({
    name: "alone",
    onFileChange: () => done.resolve(),
  });
  {
    await using hand = new Hand(await board.connect());
    await hand.raw();
    await hand.send("for i in range(50000): print(i)\ndone = 1\nopen('done', 'w').close()\x04");
    await hand.until("OK");
  }
  await done.promise;
  await using hand = new Hand(await board.connect());
  await hand.raw();
  assert.deepEqual(await hand.exec("print(done)"), { out: "1\r\n", error: "" });
});

Deno.test("all who are connected hear the board; closing it ends their lines", async () => {
  const board = await SimulatedBoard.start({ name: "two" });
  const first = new Hand(await board.connect());
  const second = new Hand(await board.connect());
  await first.send("print('hi')\r");
  await first.until("hi\r\n>>> ");
  await second.until("hi\r\n>>> ");
  await board.close();
  await first.untilGone();
  await second.untilGone();
  assert.equal(await (await board.connect()).read(), null);
});
