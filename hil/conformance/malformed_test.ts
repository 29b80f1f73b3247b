/**
 * Ten thousand messages that no client sends, thrown at the executable's kernel: it neither ends nor
 * leaks, answers what must be answered, and runs none of what must not. A failure prints its seed;
 * `FC_SEED` repeats it.
 */

import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import fc from "fast-check";
import { pause } from "@/base/deadline.ts";
import { channelEndpoint } from "@/wire/connection_file.ts";
import { DealerSocket } from "@/wire/dealer.ts";
import { connect } from "@/wire/endpoint.ts";
import { deserialize, Signer } from "@/wire/jupyter_message.ts";
import {
  type BareKernel,
  countDescriptors,
  startBareKernel,
  statusBytes,
} from "../acceptance/support/bare_kernel.ts";
import { simulate } from "../acceptance/support/simulated.ts";
import { type Call, Forge, frames, handshakes, type Posting } from "./malformed.ts";

/** An answer that takes longer is none. */
const DEADLINE_MS = 30_000;

/** So many at a time, then the kernel must answer: one question each would take most of the time. */
const BATCH = 20;

/** How many of each kind: at least 10,000 in all. */
const COUNTS = {
  handshakes: 2_000,
  frames: 2_000,
  parts: 2_000,
  dictionaries: 2_000,
  contents: 2_400,
};

/**
 * A tenth of them come first, after which memory may not grow by more than this, in bytes. V8 takes
 * memory in steps of up to 60 MB before it looks for garbage; after 40,000 messages it takes no more.
 * A buffer left behind by each connection alone would be 256 MB.
 */
const MAX_GROWTH_BYTES = 128e6;

const SEED = Number(Deno.env.get("FC_SEED") ?? Date.now() % 2 ** 31);

async function throwAll<T>(
  kind: fc.Arbitrary<T>,
  count: number,
  take: (batch: T[]) => Promise<void>,
): Promise<void> {
  const batch = fc.array(kind, { minLength: BATCH, maxLength: BATCH });
  const numRuns = Math.ceil(count / BATCH);
  // Smaller examples of what killed a kernel cannot be looked for with that kernel.
  const options = { seed: SEED, numRuns, endOnFailure: true };
  await fc.assert(fc.asyncProperty(batch, take), options);
}

async function answers({ client }: BareKernel): Promise<void> {
  await client.request("kernel_info_request", {}, { signal: AbortSignal.timeout(DEADLINE_MS) });
}

/** Calls at once, each by a connection of its own, which end when the kernel has answered another. */
async function callAll(kernel: BareKernel, calls: readonly Call[]): Promise<void> {
  using open = new DisposableStack();
  for (const { channel, data } of calls) {
    const conn = await connect(channelEndpoint(kernel.connection, channel));
    open.defer(() => conn.close());
    // The kernel may hang up before it has read all of it.
    for (let at = 0; at < data.length;) {
      at += await conn.write(data.subarray(at)).catch(() => data.length);
    }
  }
  await answers(kernel);
}

type Dealers = Readonly<Record<Posting["channel"], DealerSocket>>;

async function post(
  kernel: BareKernel,
  dealers: Dealers,
  postings: readonly Posting[],
): Promise<void> {
  const signer = new Signer(kernel.connection.key);
  for (const { channel, parts } of postings) dealers[channel].send(parts);
  for (const [channel, dealer] of Object.entries(dealers)) {
    const waiting = new Set(
      postings.filter((one) => one.channel === channel).flatMap(({ answered }) => answered ?? []),
    );
    while (waiting.size > 0) {
      const frames = await dealer.receive({ timeoutMs: DEADLINE_MS });
      const { parentHeader, content } = deserialize(frames, signer);
      ok(content.ename !== "InternalError", `a defect of ours: ${content.evalue}`);
      // Parts at random make a request now and then, which is answered as well.
      waiting.delete(`${parentHeader.msg_id}`);
    }
  }
  await answers(kernel);
}

/** Throws so many of all kinds at a kernel, each `divisor`th of them. */
async function throwEverything(kernel: BareKernel, dealers: Dealers, divisor: number) {
  const forge = new Forge(kernel.connection.key);
  await throwAll(handshakes, COUNTS.handshakes / divisor, (batch) => callAll(kernel, batch));
  await throwAll(frames, COUNTS.frames / divisor, (batch) => callAll(kernel, batch));
  for (const kind of ["parts", "dictionaries", "contents"] as const) {
    await throwAll(forge[kind], COUNTS[kind] / divisor, (batch) => post(kernel, dealers, batch));
  }
}

Deno.test("ten thousand malformed messages neither end the kernel nor make it leak", async () => {
  console.log(`FC_SEED=${SEED}`);
  await using board = await simulate("--pty");
  await using kernel = await startBareKernel();
  const { client, connection, pid } = kernel;
  const run = async (code: string) => {
    let text = "";
    const { evalue } = await client.execute(code, {
      signal: AbortSignal.timeout(DEADLINE_MS),
      onPublish: ({ content }) => void (text += content.text ?? ""),
    });
    return text + (evalue ?? "");
  };
  assertEquals(await run(`%connect -q ${board.addresses.serial}\nforged = False`), "");

  await using sockets = new AsyncDisposableStack();
  const dealers = {} as Record<Posting["channel"], DealerSocket>;
  for (const channel of ["shell", "control", "stdin"] as const) {
    const socket = await DealerSocket.connect(channelEndpoint(connection, channel));
    dealers[channel] = sockets.use(socket);
  }

  await throwEverything(kernel, dealers, 10);
  const descriptors = await countDescriptors(pid);
  const memory = await statusBytes(pid, "VmRSS");
  await throwEverything(kernel, dealers, 1);

  assertEquals(await run("print(forged)"), "False\n");
  const deadline = performance.now() + DEADLINE_MS;
  let left = await countDescriptors(pid);
  for (; left > descriptors; left = await countDescriptors(pid)) {
    ok(performance.now() < deadline, `${left} descriptors, where there were ${descriptors}`);
    await pause(50);
  }
  const growth = await statusBytes(pid, "VmRSS") - memory;
  ok(growth <= MAX_GROWTH_BYTES, `memory grew by ${Math.round(growth / 1e6)} MB`);
  console.log(`${left} descriptors, memory grew by ${Math.round(growth / 1e6)} MB`);
  const log = await kernel.log();
  ok(!/Something is wrong with iot itself|\.js:\d+/.test(log), log.slice(-2_000));
});
