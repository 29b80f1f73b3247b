/** Programs of this computer: their output, their end, and what they leave behind. */

import assert from "node:assert/strict";
import { pause, within } from "@/base/deadline.ts";
import { Interrupted, UsageError } from "@/base/errors.ts";
import { MemorySink, type StreamName } from "@/base/sink.ts";
import { type ProcessExit, type ProcessOptions, runProcess } from "./process.ts";
import { taskkill } from "./process_group.ts";

/** Nothing here takes longer, however busy the machine is. */
const DEADLINE_MS = 60_000;

const env = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };

/** Runs a script of bash; one that does not end is a failed test, not a test that hangs. */
async function bash(
  script: string,
  options: Partial<ProcessOptions> = {},
): Promise<ProcessExit> {
  const running = runProcess({
    ...{ command: "bash", args: ["-c", script], cwd: "/", env },
    ...{ sink: new MemorySink(), signal: new AbortController().signal },
    ...options,
  });
  assert.ok(await within(DEADLINE_MS, running), `does not end: ${script}`);
  return await running;
}

/** Keeps bytes as they came. */
class ByteSink {
  readonly chunks: Record<StreamName, Uint8Array[]> = { stdout: [], stderr: [] };

  write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    this.chunks[stream].push(typeof data === "string" ? new TextEncoder().encode(data) : data);
    return Promise.resolve();
  }

  async bytes(stream: StreamName): Promise<Uint8Array> {
    return await new Blob(this.chunks[stream] as BlobPart[]).bytes();
  }
}

/** Aborts when a program has printed its first line; this is then the number of its process. */
class Interrupting extends MemorySink {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;

  override async write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    await super.write(stream, data);
    if (this.stdout.includes("\n")) this.#controller.abort(new Interrupted());
  }

  get group(): number {
    return parseInt(this.stdout);
  }
}

/** The processes of a group that run. */
function membersOf(group: number): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      const [state, , member] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(member) === group && state !== "Z";
    } catch {
      return false; // it has just ended
    }
  });
}

Deno.test("runProcess() hands on bytes as they are, of both streams", async () => {
  const sink = new ByteSink();
  const script = `for i in {0..255}; do printf "\\\\x$(printf %x $i)"; done; printf '\\xff\\0' >&2`;
  assert.deepEqual(await bash(script, { sink }), { code: 0, signal: null });
  assert.deepEqual(await sink.bytes("stdout"), Uint8Array.from({ length: 256 }, (_, i) => i));
  assert.deepEqual(await sink.bytes("stderr"), Uint8Array.of(0xff, 0));
});

Deno.test("runProcess() tells how the program ended", async () => {
  assert.deepEqual(await bash("exit 3"), { code: 3, signal: null });
  assert.deepEqual(await bash("kill -TERM $$"), { code: 143, signal: "SIGTERM" });
});

Deno.test("runProcess() gives programs nothing to read", async () => {
  const sink = new MemorySink();
  await bash("cat; read line || echo the end", { sink });
  assert.equal(sink.stdout, "the end\n");
});

Deno.test("runProcess() uses the directory and the variables that it is given, and no others", async () => {
  const sink = new MemorySink();
  await bash("pwd; echo $A; env | grep -c HOME", { cwd: "/usr", env: { ...env, A: "é b" }, sink });
  assert.equal(sink.stdout, "/usr\né b\n0\n");
});

Deno.test("runProcess() says what is missing: the program, or the directory", async () => {
  const none = () => bash("", { command: "iot-has-no-such-program" });
  await assert.rejects(none, (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(
      error.message,
      /^Cannot start "iot-has-no-such-program": there is no such program/,
    );
    return true;
  });
  await assert.rejects(() => bash("", { cwd: "/none/at/all" }), /"\/none\/at\/all" is gone.*%cd/);
});

Deno.test("runProcess() writes no faster than the sink takes it", async () => {
  let [under, most, taken] = [0, 0, 0];
  const sink = {
    async write(_stream: StreamName, data: Uint8Array | string) {
      most = Math.max(most, ++under);
      taken += data.length;
      await pause(0);
      under--;
    },
  };
  await bash("head -c 4000000 /dev/zero", { sink });
  assert.deepEqual([most, taken], [1, 4_000_000]);
});

Deno.test("runProcess() ends the program when its sink takes no more", async () => {
  const refusal = new UsageError("enough");
  const sink = { write: () => Promise.reject(refusal) };
  await assert.rejects(() => bash("yes", { sink }), refusal);
});

for (
  const [what, script] of [
    ["a pipeline", "echo $$; sleep 1000 | cat"],
    ["a job that does not hear SIGINT", "echo $$; sleep 1000 & wait"],
    ["one that ignores SIGINT", "trap '' INT; echo $$; sleep 1000; sleep 1000"],
    ["one that ignores SIGTERM, too", "trap '' INT TERM; echo $$; sleep 1000; sleep 1000"],
    ["one that is stopped", "echo $$; kill -STOP $$"],
  ]
) {
  Deno.test(`runProcess() leaves nothing of ${what} when it is interrupted`, async () => {
    const sink = new Interrupting();
    const running = bash(script, { sink, signal: sink.signal });
    await assert.rejects(() => running, Interrupted);
    assert.ok(sink.group > 1, sink.stdout);
    assert.deepEqual(membersOf(sink.group), []);
  });
}

Deno.test("runProcess() shows what a program says when it is interrupted", async () => {
  const sink = new Interrupting();
  const script = "trap 'echo goodbye; exit 5' INT TERM; echo $$; while :; do sleep 0.01; done";
  await assert.rejects(() => bash(script, { sink, signal: sink.signal }), Interrupted);
  assert.match(sink.stdout, /^\d+\ngoodbye\n$/);
});

Deno.test("runProcess() does not wait for a sink that is stuck when it is interrupted", async () => {
  const controller = new AbortController();
  const stuck = Promise.withResolvers<void>();
  const sink = {
    write() {
      controller.abort(new Interrupted());
      return stuck.promise;
    },
  };
  await assert.rejects(() => bash("yes", { sink, signal: controller.signal }), Interrupted);
  stuck.resolve();
});

Deno.test("runProcess() does not wait for what stays in the background, and says so", async () => {
  for (const stays of ["sleep 1000", "while :; do echo more; sleep 0.05; done", "yes"]) {
    const sink = new MemorySink();
    await bash(`echo $$; ${stays} &`, { sink });
    assert.match(sink.stderr, /^"bash" has left something running\. .*>FILE 2>&1 &\n$/);
    const group = parseInt(sink.stdout);
    if (stays === "sleep 1000") assert.equal(membersOf(group).length, 1);
    try {
      Deno.kill(-group, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // it found its pipe closed
    }
  }
});

Deno.test("runProcess() lets a background job be whose output goes elsewhere", async () => {
  const sink = new MemorySink();
  await bash("sleep 1000 >/dev/null 2>&1 & echo $!", { sink });
  assert.equal(sink.stderr, "");
  Deno.kill(parseInt(sink.stdout), "SIGKILL");
});

Deno.test("runProcess() does not begin when the signal has aborted", async () => {
  const signal = AbortSignal.abort(new Interrupted());
  await assert.rejects(() => bash("echo never", { signal }), Interrupted);
});

Deno.test("taskkill() ends the tree below a program", () => {
  assert.deepEqual(taskkill(42), ["taskkill", "/T", "/F", "/PID", "42"]);
});
