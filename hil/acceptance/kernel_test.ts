/** The kernel as a real Jupyter client sees it: streams, errors, interrupts, and what goes wrong. */

import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { concat, encode } from "@/base/bytes.ts";
import { pause } from "@/base/deadline.ts";
import { encodeMessage, encodeReady, GREETING } from "@/wire/codec.ts";
import { JupyterKernel } from "./support/jupyter.ts";
import { LineProcess } from "./support/lines.ts";
import { IOT, iot, temporaryDirectory } from "./support/product.ts";
import { simulate } from "./support/simulated.ts";

/** Installs the kernel somewhere and starts it there. */
async function startKernel(options: { transport?: "tcp" | "ipc" } = {}) {
  const prefix = await temporaryDirectory();
  const installed = await iot(["install", "--prefix", prefix.path]);
  strictEqual(installed.code, 0, installed.stderr);
  const kernel = await JupyterKernel.start(prefix.path, options);
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

Deno.test("an interrupt stops an endless loop, and the board keeps its state", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a");
  let interrupted = false;
  const { reply } = await kernel.execute("x = 5\nprint('on')\nwhile True: pass", async (stdout) => {
    if (!interrupted && stdout.includes("on")) await kernel.interrupt();
    interrupted = true;
  });
  assertEquals([reply.status, reply.ename], ["error", "KeyboardInterrupt"]);
  assertEquals((await kernel.execute("print(x)")).stdout, "5\n");
});

Deno.test("an interrupt of an idle kernel does nothing", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a");
  const { type, content } = await kernel.interruptIdle();
  assertEquals([type, content], ["interrupt_reply", { status: "ok" }]);
  assertEquals((await kernel.execute("print(1)")).stdout, "1\n");
});

Deno.test("a restarted kernel serves the same ports", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  const before = kernel.connection;
  await kernel.execute("%connect sim://a");
  await kernel.restart();
  assertEquals(kernel.connection, before);
  const { stdout } = await kernel.execute("%connect sim://a\nprint('x' in globals())");
  match(stdout, /False\n$/);
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

Deno.test("a message with a wrong signature is not run", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a\nx = 1");
  await kernel.forge("x = 2");
  assertEquals((await kernel.execute("print(x)")).stdout, "1\n");
});

/** What a socket of ours would be to each of the kernel's. */
const PEERS = {
  shell_port: "DEALER",
  iopub_port: "SUB",
  stdin_port: "DEALER",
  control_port: "DEALER",
  hb_port: "REQ",
} as const;

const bytes = (...values: number[]) => Uint8Array.from(values);

/** A frame's head that announces 2^62 bytes: ZMTP 3.0, flags LONG, then eight bytes of length. */
const HUGE = bytes(0x02, 0x40, 0, 0, 0, 0, 0, 0, 0);

/** Bytes that no client sends, for the kernel's socket whose peers are of type `peer`. */
function nonsense(peer: "DEALER" | "SUB" | "REQ"): Uint8Array[] {
  const shaken = concat([GREETING, encodeReady(peer)]);
  const frames = [
    [bytes()],
    [bytes(0xff, 0xfe)],
    [bytes(1), bytes(), bytes(0xff)],
    ["<IDS|MSG>", "", "{}", "{}", "{}", "{}"].map(encode),
    ["", "<IDS|MSG>", "0".repeat(64), "ÿ", "[", "null", "{}"].map(encode),
  ];
  return [
    bytes(),
    encode("GET / HTTP/1.1\r\n\r\n"),
    new Uint8Array(5_000).fill(0xff),
    GREETING.subarray(0, 11),
    concat([GREETING, new Uint8Array(5_000).fill(0xff)]),
    concat([GREETING, HUGE]),
    concat([GREETING, encodeMessage([encode("no READY")])]),
    shaken,
    concat([shaken, new Uint8Array(5_000).fill(0xff)]),
    concat([shaken, HUGE]),
    // Half a message, then nothing more.
    concat([shaken, bytes(0x01, 3, 1, 2, 3)]),
    ...frames.map((message) => concat([shaken, encodeMessage(message)])),
  ];
}

Deno.test("garbage on every socket leaves the kernel as it was", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a\nx = 5");
  using open = new DisposableStack();
  for (const [name, peer] of Object.entries(PEERS)) {
    const port = kernel.connection[name as keyof typeof PEERS];
    for (const garbage of nonsense(peer)) {
      const socket = await Deno.connect({ hostname: kernel.connection.ip, port });
      open.defer(() => socket.close());
      // The kernel may hang up before it has read all of it.
      for (let at = 0; at < garbage.length;) {
        const count = await socket.write(garbage.subarray(at)).catch(() => garbage.length);
        at += count;
      }
    }
  }
  // The client that was there, and one that comes while all these hang on.
  assertEquals((await kernel.execute("print(x)")).stdout, "5\n");
  await kernel.reconnect();
  assertEquals((await kernel.execute("print(x)")).stdout, "5\n");
});

Deno.test("a kernel over Unix sockets runs cells", async () => {
  await using started = await startKernel({ transport: "ipc" });
  const { kernel } = started;
  const { stdout, reply } = await kernel.execute("%connect -q sim://a\nprint(6 * 7)");
  assertEquals([stdout, reply.status], ["42\n", "ok"]);
  assertEquals(await kernel.end(), true, "the kernel must end when asked to");
});

/** A kernel that outlives its parent looks for it every second. */
const ORPHAN_DEADLINE_MS = 30_000;

Deno.test("a kernel ends when the server that started it is killed", async () => {
  await using started = await startKernel();
  const { kernel } = started;
  await kernel.execute("%connect sim://a");
  strictEqual(await isRunning(kernel.pid), true);
  await kernel.killParent();
  const deadline = performance.now() + ORPHAN_DEADLINE_MS;
  while (await isRunning(kernel.pid)) {
    ok(performance.now() < deadline, "the kernel lives on");
    await pause(20);
  }
});

/** Whether a process runs; one that has ended may wait to be asked how (proc(5), state Z). */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}
