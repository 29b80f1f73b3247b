/**
 * The kernel as a real Jupyter client sees it: streams, errors, and what goes wrong with boards.
 * `hil/conformance` holds it to the protocol.
 */

import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { JupyterKernel } from "./support/jupyter.ts";
import { LineProcess } from "./support/lines.ts";
import { IOT, iot, temporaryDirectory } from "./support/product.ts";
import { simulate } from "./support/simulated.ts";

/** Installs the kernel somewhere and starts it there. */
async function startKernel() {
  const prefix = await temporaryDirectory();
  const installed = await iot(["install", "--prefix", prefix.path]);
  strictEqual(installed.code, 0, installed.stderr);
  const kernel = await JupyterKernel.start(prefix.path);
  return {
    kernel,
    async [Symbol.asyncDispose]() {
      await kernel[Symbol.asyncDispose]();
      await prefix[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a cell runs on the board; output, reply and idle come in order", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  assertEquals((await kernel.execute("%connect sim://a")).stdout, "Connected to a @ sim://a\n");
  const { messages, reply, stdout, late } = await kernel.execute("print(6 * 7)");
  assertEquals([stdout, reply.status, late], ["42\n", "ok", false]);
  assertEquals(messages.filter(({ event }) => event === "iopub").map(({ type }) => type), [
    "status",
    "execute_input",
    "stream",
    "status",
  ]);
  assertEquals(await kernel.end(), true, "the kernel must end when asked to");
});

Deno.test("an exception on the board is a Jupyter error with the cell's line numbers", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a");
  const { messages, reply } = await kernel.execute("%name\n\na = 1\nprint(a / 0)");
  assertEquals([reply.status, reply.ename], ["error", "ZeroDivisionError"]);
  const error = messages.find(({ type }) => type === "error")!;
  assertEquals(error.content.ename, "ZeroDivisionError");
  match(error.content.traceback.join("\n"), /line 4/);
});

Deno.test("100,000 printed lines all arrive, in order, before idle", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a");
  const { stdout, reply, late } = await kernel.execute("for i in range(100000): print(i)");
  assertEquals([reply.status, late], ["ok", false]);
  const lines = stdout.split("\n");
  assertEquals(lines.length, 100_001);
  ok(lines.slice(0, -1).every((line, index) => line === `${index}`), "a line is missing");
});

const mistakes: [about: string, cell: string, ename: string, evalue: RegExp][] = [
  ["no device", "print(1)", "UsageError", /No device is connected.*sim:\/\/demo/],
  ["an unknown magic", "%conect x", "UsageError", /Unknown magic "%conect".*%connect/],
  ["an unknown cell magic", "%%nonsense\n1", "UsageError", /%%nonsense/],
  ["a bad address", "%connect usb://x", "UsageError", /usb:\/\//],
  ["an open quote", "%connect 'x", "UsageError", /quote/],
  ["a port that is not there", "%connect serial:///dev/none", "TransportError", /\/dev\/none/],
  ["a magic's own usage", "%connect", "UsageError", /usage: %connect/],
];

Deno.test("bad input is an error that says what to do, and the kernel lives on", async (test) => {
  await using started = await startKernel();
  const { kernel } = started;
  for (const [about, cell, ename, evalue] of mistakes) {
    await test.step(about, async () => {
      const { reply, messages } = await kernel.execute(cell);
      assertEquals([reply.status, reply.ename], ["error", ename]);
      match(reply.evalue, evalue);
      ok(messages.some(({ type }) => type === "error"));
      ok(!JSON.stringify(messages).includes(".ts:"), "a stack trace of ours");
    });
  }
  await kernel.execute("%connect sim://a");
  assertEquals((await kernel.execute("for")).reply.ename, "SyntaxError");
  assertEquals((await kernel.execute("print(1)")).stdout, "1\n");
});

Deno.test("a board that another program holds is busy, and another can be used", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await using board = await simulate("--pty");
  const device = board.addresses.serial;
  const held = "import time\nprint('held')\ntime.sleep(60)";
  await using holder = new LineProcess(IOT, ["exec", "-d", device, held]);
  strictEqual(await holder.line(), "held");
  const { reply } = await kernel.execute(`%connect ${device}`);
  assertEquals([reply.status, reply.ename], ["error", "TransportError"]);
  match(reply.evalue, new RegExp(`${holder.pid}.*is using it`));
  assertEquals((await kernel.execute("%connect -q sim://b\nprint(1)")).stdout, "1\n");
});

Deno.test("a board that never answers is given up, and another can be used", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await using board = await simulate("--pty", "--fault", "mute");
  const { reply } = await kernel.execute(`%connect ${board.addresses.serial}`);
  assertEquals([reply.status, reply.exit_code], ["error", 3]);
  match(reply.evalue, /answer/);
  assertEquals((await kernel.execute("%connect -q sim://b\nprint(1)")).stdout, "1\n");
});

Deno.test("a board unplugged in the middle of a cell is an error, another can be used", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await using board = await simulate("--pty");
  await kernel.execute(`%connect ${board.addresses.serial}`);
  let unplugged = false;
  const { reply } = await kernel.execute(
    "import time\nprint('on')\ntime.sleep(60)",
    async (stdout) => {
      if (unplugged || !stdout.includes("on")) return;
      unplugged = true;
      await board[Symbol.asyncDispose]();
    },
  );
  assertEquals([reply.status, reply.ename], ["error", "TransportError"]);
  assertEquals((await kernel.execute("%connect -q sim://b\nprint(1)")).stdout, "1\n");
});

Deno.test("a board that resets itself in the middle of a cell is an error, and usable after", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a");
  const { reply } = await kernel.execute("x = 1\nimport machine\nmachine.reset()");
  assertEquals(reply.status, "error");
  match(reply.evalue, /restarted/);
  assertEquals((await kernel.execute("print('x' in globals())")).stdout, "False\n");
});

Deno.test("a simulated board that switched itself off is back when it is next needed", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a");
  const { reply } = await kernel.execute("import machine\nmachine.bootloader()");
  assertEquals([reply.status, reply.ename], ["error", "TransportError"]);
  assertEquals((await kernel.execute("print(1)")).stdout, "1\n");
});

Deno.test("memory that runs out is an exception, and the board goes on", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a");
  const { reply } = await kernel.execute("a = []\nwhile 1: a.append(bytearray(10000))");
  assertEquals(reply.ename, "MemoryError");
  assertEquals((await kernel.execute("print(len(a) < 100)")).stdout, "True\n");
});
