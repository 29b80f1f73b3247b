/** Kernels that are other programs than ours: slow to say where they listen, or dead. */

import assert from "node:assert/strict";

import { within } from "@/base/deadline.ts";

import { writeConnection } from "./connection_file.ts";
import { KernelDied, KernelProcess, type KernelProcessOptions } from "./kernel_process.ts";
import { ScriptedKernel } from "./kernel_testing.ts";
import { DEADLINE_MS } from "./testing.ts";

/** Starts a shell script as a kernel: `$0` is the connection file. */
async function start(script: string, options: Partial<KernelProcessOptions> = {}) {
  const starting = KernelProcess.start({
    command: (file) => ["/bin/sh", "-c", script, file],
    cwd: ".",
    apart: true,
    signal: new AbortController().signal,
    startMs: DEADLINE_MS,
    shutdownMs: 50,
    ...options,
  });
  assert.ok(await within(2 * DEADLINE_MS, starting), "it takes too long");
  return await starting;
}

Deno.test("KernelProcess.start() waits for the whole of a connection file that is written slowly", async () => {
  await using kernel = await ScriptedKernel.start(() => {});
  const directory = await Deno.makeTempDir();
  try {
    const whole = `${directory}/whole.json`;
    await writeConnection(whole, kernel.connection);
    const script = 'head -c 20 "$WHOLE" >"$0"; sleep 0.2; cat "$WHOLE" >"$0"; exec sleep 1000';
    await using process = await start(script, { env: { WHOLE: whole } });
    assert.equal(process.isDead, false);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("KernelProcess.start() says what is wrong with a connection file that stays so", async () => {
  const starting = start('printf "{" >"$0"; exec sleep 1000', { startMs: 300 });
  await assert.rejects(starting, /it is not JSON/);
});

Deno.test("KernelProcess.start() has what a kernel said before it died", async () => {
  const starting = start('echo "no module named x" >&2; exit 4');
  await assert.rejects(
    starting,
    (error) =>
      error instanceof KernelDied && error.how === "exit code 4" &&
      error.lastWords === "no module named x",
  );
});

Deno.test("KernelProcess does not wait for what a dead kernel left behind", async () => {
  // It holds standard error open, and is in the kernel's process group.
  const starting = start("sleep 1000 & exit 5");
  await assert.rejects(starting, (error) => error instanceof KernelDied);
});
