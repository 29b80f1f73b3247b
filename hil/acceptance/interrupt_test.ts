/** Ctrl-C on the shell, and boards that vanish or stay silent. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { LineProcess } from "./support/lines.ts";
import { IOT, iot } from "./support/product.ts";
import { simulate } from "./support/simulated.ts";

Deno.test("Ctrl-C stops the board's program, iot exits with 130, the board goes on", async () => {
  await using board = await simulate("--pty");
  const device = board.addresses.serial;
  const code = "x = 5\nprint('on')\nwhile True: pass";
  await using child = new LineProcess(IOT, ["exec", "-d", device, code]);
  assertEquals(await child.line(), "on");
  child.kill("SIGINT");
  assertEquals(await child.ended(), 130);
  assertEquals((await iot(["exec", "-d", device, "print(x)"])).stdout, "5\n");
});

Deno.test("output that nobody reads ends the command", async () => {
  await using child = new LineProcess("/bin/sh", [
    "-c",
    `"${IOT}" exec -d sim://a 'while True: print("again")' | head -n 2; echo done`,
  ]);
  assertEquals([await child.line(), await child.line(), await child.line()], [
    "again",
    "again",
    "done",
  ]);
  assertEquals(await child.ended(), 0);
});

Deno.test("a board that another iot holds is busy", async () => {
  await using board = await simulate("--pty");
  const device = board.addresses.serial;
  await using holder = new LineProcess(IOT, [
    "exec",
    "-d",
    device,
    "import time\nprint('held')\ntime.sleep(60)",
  ]);
  assertEquals(await holder.line(), "held");
  const { code, stderr } = await iot(["exec", "-d", device, "print(1)"]);
  assertEquals(code, 3, stderr);
  ok(stderr.includes(`${holder.pid}`) && /is in use by|is using it/.test(stderr), stderr);
});

Deno.test("of several that open a board at once one gets it, and the others hear who", async () => {
  await using board = await simulate("--pty");
  const args = ["exec", "-d", board.addresses.serial, "import time\ntime.sleep(5)\nprint('A')"];
  const ended = await Promise.all(Array.from({ length: 5 }, () => iot(args)));
  const outcomes = ended.map(({ code, stdout }) => `${code} ${stdout}`);
  assertEquals(outcomes.filter((outcome) => outcome === "0 A\n").length, 1, outcomes.join());
  for (const { code, stderr } of ended) {
    ok(code === 0 || /is in use by|is using it/.test(stderr), stderr);
  }
});

Deno.test("a board that never answers is given up, with what was tried", async () => {
  await using board = await simulate("--pty", "--fault", "mute");
  const { code, stderr } = await iot(["exec", "-d", board.addresses.serial, "print(1)"]);
  assertEquals(code, 3, stderr);
  match(stderr, /answer/);
});

Deno.test("a board that is unplugged in the middle of its program is gone", async () => {
  await using board = await simulate("--pty");
  const code = "import time\nprint('on')\ntime.sleep(60)";
  await using child = new LineProcess(IOT, ["exec", "-d", board.addresses.serial, code]);
  assertEquals(await child.line(), "on");
  await board[Symbol.asyncDispose]();
  assertEquals(await child.ended(), 3);
});
