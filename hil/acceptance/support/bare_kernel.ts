/** The executable's kernel with a client of our own: for tests that need its process and sockets. */

import { pause, within } from "@/base/deadline.ts";
import { KernelClient } from "@/wire/kernel_client.ts";
import { type ConnectionInfo, readConnection } from "@/wire/connection_file.ts";
import { IOT, isolated, temporaryDirectory } from "./product.ts";

/** How long a kernel may take to start, and to end. */
const DEADLINE_MS = 60_000;

/** A kernel that runs until disposed. */
export interface BareKernel extends AsyncDisposable {
  readonly client: KernelClient;
  readonly connection: ConnectionInfo;
  readonly pid: number;
  /** What it has logged so far. */
  log(): Promise<string>;
}

/** Starts `iot kernel` where no board is but those that a test names. */
export async function startBareKernel(): Promise<BareKernel> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDirectory());
  const file = `${folder.path}/connection.json`;
  const logFile = `${folder.path}/log`;
  // The shell becomes the kernel: what it logs goes to a file, which never fills.
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", 'exec "$0" kernel -f "$1" 2>"$2"', IOT, file, logFile],
    env: { ...isolated(folder.path), JPY_PARENT_PID: String(Deno.pid) },
    stdin: "null",
    stdout: "null",
  }).spawn();
  const log = () => Deno.readTextFile(logFile);
  stack.defer(async () => {
    if (!await within(DEADLINE_MS, child.status)) child.kill("SIGKILL");
    await child.status;
  });
  stack.defer(() => {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended.
    }
  });
  const deadline = performance.now() + DEADLINE_MS;
  while (!await Deno.stat(file).then(() => true, () => false)) {
    if (performance.now() > deadline) throw new Error(`no kernel: ${await log()}`);
    await pause(10);
  }
  const connection = await readConnection(file);
  const client = stack.use(await KernelClient.connect(connection, { timeoutMs: DEADLINE_MS }));
  const kept = stack.move();
  const { pid } = child;
  return { client, connection, pid, log, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A figure of a process that the system keeps in kilobytes, in bytes: proc(5), `status`. */
export async function statusBytes(pid: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)![1]);
}

/** Begins to measure a process's peak anew: proc(5), `clear_refs`. */
export async function resetPeak(pid: number): Promise<void> {
  await Deno.writeTextFile(`/proc/${pid}/clear_refs`, "5");
}

/** How many descriptors a process holds. */
export async function countDescriptors(pid: number): Promise<number> {
  let count = 0;
  for await (const _ of Deno.readDir(`/proc/${pid}/fd`)) count++;
  return count;
}
