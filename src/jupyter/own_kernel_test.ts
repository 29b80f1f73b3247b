/** Kernels as processes: signals, deaths, and what is left behind. */

import assert from "node:assert/strict";

import { within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";

import { KernelDied } from "@/wire/kernel_process.ts";
import { startOwnKernel } from "./own_kernel.ts";
import { TEST_LAUNCHER } from "./testing.ts";

const never = new AbortController().signal;
const start = { launcher: TEST_LAUNCHER, cwd: ".", signal: never };
const DEADLINE_MS = 20_000;

Deno.test("SIGINT interrupts the cell that runs, as often as it comes", async () => {
  await using kernel = await startOwnKernel(start);
  const { client } = kernel;
  // One that comes while nothing runs is harmless.
  Deno.kill(kernel.pid, "SIGINT");
  for (let round = 0; round < 3; round++) {
    assert.equal((await client.execute("print a")).status, "ok");
    const reply = await client.execute("hang", {
      onPublish: () => Deno.kill(kernel.pid, "SIGINT"),
    });
    assert.equal(reply.ename, "KeyboardInterrupt");
  }
});

for (const name of ["SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${name} shuts a kernel down`, async () => {
    await using kernel = await startOwnKernel(start);
    Deno.kill(kernel.pid, name);
    const status = kernel.whileAlive(new Promise<never>(() => {}), "now");
    await assert.rejects(status, /exit code 0/);
  });
}

Deno.test("KernelProcess.whileAlive() says how and when a kernel died", async () => {
  await using kernel = await startOwnKernel(start);
  const work = kernel.whileAlive(kernel.client.execute("exit 7"), "while it ran a cell");
  await assert.rejects(
    work,
    (error) =>
      error instanceof KernelDied && error.exitCode === 3 &&
      error.message === "The kernel died (exit code 7) while it ran a cell.",
  );
});

Deno.test("a kernel logs errors that nobody caught as its own defects, and goes on", async () => {
  const directory = await Deno.makeTempDir();
  try {
    // The log is the process's standard error, which goes to a file here.
    const log = `${directory}/log`;
    const [program, ...words] = TEST_LAUNCHER;
    const script = 'log="$1"; shift; exec "$@" 2>"$log"';
    const launcher = ["/bin/sh", "-c", script, "sh", log, program, ...words];
    await using kernel = await startOwnKernel({ ...start, launcher });
    assert.equal((await kernel.client.execute("stray lost")).status, "ok");
    for (const place of ["a promise", "a timer"]) {
      const line = `iot itself, beside the work: TypeError: lost in ${place}`;
      await until(async () => (await Deno.readTextFile(log)).includes(line), `${place} is logged`);
    }
    assert.equal((await kernel.client.execute("print a")).status, "ok");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("disposing of a KernelProcess kills a kernel that hears nothing", async () => {
  const kernel = await startOwnKernel({ ...start, shutdownMs: 50 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const cell = kernel.client.execute("spin", { onPublish: () => resolve() });
  cell.catch(() => {});
  assert.ok(await within(DEADLINE_MS, promise), "the cell runs");
  await kernel[Symbol.asyncDispose]();
  await assert.rejects(cell);
});

Deno.test("startOwnKernel() fails when the program is not there", async () => {
  const launcher = ["/nowhere/iot"];
  await assert.rejects(
    startOwnKernel({ ...start, launcher }),
    (error) => error instanceof KernelDied && /nowhere/.test(error.message),
  );
});

Deno.test("startOwnKernel() fails at once when the program ends", async () => {
  const launcher = [Deno.execPath(), "eval", "Deno.exit(9)", "--"];
  await assert.rejects(
    startOwnKernel({ ...start, launcher }),
    (error) => error instanceof KernelDied && /exit code 9/.test(error.message),
  );
});

Deno.test("startOwnKernel() gives up on a program that is no kernel, and ends it", async () => {
  const launcher = [Deno.execPath(), "eval", "setInterval(() => {}, 1000)", "--"];
  await assert.rejects(startOwnKernel({ ...start, launcher, startMs: 300 }), KernelDied);
});

Deno.test("startOwnKernel() gives up when its signal aborts", async () => {
  const controller = new AbortController();
  const starting = startOwnKernel({ ...start, signal: controller.signal });
  controller.abort(new Interrupted());
  await assert.rejects(starting, Interrupted);
});

Deno.test("a kernel ends when its parent is killed", async () => {
  // A parent that starts a kernel and tells its process id.
  const [program, ...launcher] = TEST_LAUNCHER;
  const directory = await Deno.makeTempDir();
  const args = JSON.stringify([...launcher, "kernel", "-f", `${directory}/connection.json`]);
  const script = `
    const env = { JPY_PARENT_PID: String(Deno.pid) };
    const child = new Deno.Command(${JSON.stringify(program)}, { args: ${args}, env }).spawn();
    console.log(child.pid);
    await child.status;
  `;
  const command = new Deno.Command(program, { args: ["eval", script], stdout: "piped" });
  const parent = command.spawn();
  const reader = parent.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  await until(() => exists(`${directory}/connection.json`), "the kernel listens");
  parent.kill("SIGKILL");
  await parent.status;
  await until(async () => !await exists(`/proc/${pid}`), "the kernel ends");
  await reader.cancel();
  assert.ok(!await exists(`${directory}/connection.json`));
  await Deno.remove(directory, { recursive: true });
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const polling = (async () => {
    while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 10));
  })();
  assert.ok(await within(DEADLINE_MS, polling), `never happened: ${what}`);
}
