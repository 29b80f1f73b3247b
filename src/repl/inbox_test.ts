import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import type { Transport } from "@/transport/transport.ts";
import { Inbox } from "./inbox.ts";

/** A line on which nothing comes, and which has one reader at a time; it can be unplugged. */
class SilentLine implements Transport {
  readonly address = "test://silent";
  reads = 0;
  #pending = false;
  #fail: ((error: unknown) => void) | undefined;

  async read({ signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    if (this.#pending) throw new Error("two reads at once");
    this.#pending = true;
    this.reads++;
    const { promise, reject } = Promise.withResolvers<never>();
    this.#fail = reject;
    const onAbort = () => reject(signal!.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      await Promise.resolve(); // a system call takes a moment to come back
      this.#pending = false;
    }
  }

  unplug(): void {
    this.#fail?.(new Error("unplugged"));
  }

  write(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Fails rather than hangs. */
async function soon<T>(work: Promise<T>): Promise<T> {
  if (!await within(10_000, work)) throw new Error("it does not end");
  return await work;
}

Deno.test("Inbox.endWatch() can be called by several at once", async () => {
  const line = new SilentLine();
  const inbox = new Inbox(line);
  for (let round = 0; round < 3; round++) {
    const watching = inbox.watch();
    await soon(Promise.all([inbox.endWatch(), inbox.endWatch(), inbox.endWatch()]));
    await soon(watching);
  }
  // Each round one read that was taken back, and one last look.
  assertEquals(line.reads, 6);
});

Deno.test("Inbox.pause() by several at once takes back a read, and later ones", async () => {
  const inbox = new Inbox(new SilentLine());
  for (let round = 0; round < 3; round++) {
    const watching = inbox.watch();
    await soon(Promise.all([inbox.pause(), inbox.pause()]));
    await soon(watching);
  }
});

Deno.test("Inbox.endWatch() tells all that call it that the line broke", async () => {
  const line = new SilentLine();
  const inbox = new Inbox(line);
  const watching = inbox.watch();
  line.unplug();
  await rejects(watching, /unplugged/);
  const ends = [inbox.endWatch(), inbox.endWatch()];
  for (const end of ends) await rejects(end, /unplugged/);
});
