import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { LINUX } from "./linux.ts";
import { Poller, POLLIN, POLLOUT } from "./poller.ts";
import { FD_SETSIZE, fdSet, isInSet, type SelectCalls, SelectWaiter } from "./select_waiter.ts";

/** What a C program on macOS has in memory after FD_SET, which works on words of 32 bits. */
function fdSetInWords(fds: readonly number[]): Uint8Array {
  const words = new Uint32Array(FD_SETSIZE / 32);
  for (const fd of fds) words[Math.floor(fd / 32)] |= 1 << fd % 32;
  return new Uint8Array(words.buffer);
}

Deno.test("fdSet() is laid out as FD_SET does it", () => {
  for (const fds of [[], [0], [7, 8], [31, 32, 33], [3, 64, 1023]]) {
    assertEquals(fdSet(fds), fdSetInWords(fds), `${fds}`);
  }
  const set = fdSet([5, 1023]);
  assertEquals([4, 5, 6, 1022, 1023].filter((fd) => isInSet(fd, set)), [5, 1023]);
  assertEquals(set.length, 128);
});

/** A kernel whose select() ends when told to, and which has a pipe of descriptors 10 and 11. */
function kernel() {
  const selects: { count: number; sets: number[][] }[] = [];
  const log: string[] = [];
  let ready: (result: { ready: number[][] } | "failed") => void;
  const members = (set: Uint8Array) =>
    Array.from({ length: FD_SETSIZE }, (_, fd) => fd).filter((fd) => isInSet(fd, set));
  const calls: SelectCalls = {
    async select(count, ...args) {
      const sets = args.slice(0, 3) as Uint8Array[];
      selects.push({ count, sets: sets.map(members) });
      const result = await new Promise<{ ready: number[][] } | "failed">((resolve) => {
        ready = resolve;
      });
      if (result === "failed") return -1;
      sets.forEach((set, index) => set.set(fdSet(result.ready[index])));
      return result.ready.flat().length;
    },
    pipe(ends) {
      ends.set(new Uint8Array(Int32Array.of(10, 11).buffer));
      return 0;
    },
    read: (fd, _into, bytes) => (log.push(`read ${fd}`), Number(bytes)),
    write: (fd, _from, bytes) => (log.push(`write ${fd}`), Number(bytes)),
    close: (fd) => (log.push(`close ${fd}`), 0),
  };
  return {
    calls,
    selects,
    log,
    end: (...sets: number[][]) => ready({ ready: sets }),
    fail: () => ready("failed"),
  };
}

const WAITED = [{ fd: 4, events: POLLIN }, { fd: 40, events: POLLOUT }, { fd: 7, events: POLLIN }];

Deno.test("SelectWaiter waits for what is to be read, written or broken, and its pipe", async () => {
  const { calls, selects, end } = kernel();
  const waiter = new SelectWaiter(calls);
  const waiting = waiter.wait(WAITED);
  end([7], [40], []);
  const isReady = await waiting;
  assertEquals(selects, [{ count: 41, sets: [[4, 7, 10], [40], [4, 7, 40]] }]);
  assertEquals(WAITED.map((_, index) => isReady!(index)), [false, true, true]);
});

Deno.test("SelectWaiter tells of a port that broke", async () => {
  const { calls, end } = kernel();
  const waiting = new SelectWaiter(calls).wait(WAITED);
  end([], [], [40]);
  const isReady = await waiting;
  assertEquals(WAITED.map((_, index) => isReady!(index)), [false, true, false]);
});

Deno.test("SelectWaiter is woken by one byte, however often, and takes it back", async () => {
  const { calls, log, end, fail } = kernel();
  const waiter = new SelectWaiter(calls);
  const waiting = waiter.wait(WAITED);
  waiter.wake();
  waiter.wake();
  end([10], [], []);
  const isReady = await waiting;
  assertEquals(WAITED.map((_, index) => isReady!(index)), [false, false, false]);
  const again = waiter.wait(WAITED);
  waiter.wake();
  fail();
  assertEquals(await again, undefined);
  waiter.close();
  assertEquals(log, ["write 11", "read 10", "write 11", "close 11", "close 10"]);
});

Deno.test("SelectWaiter works with a real select(), Linux's, whose sets look the same", async () => {
  using library = closing(Deno.dlopen(LINUX.library, {
    select: {
      parameters: ["i32", "buffer", "buffer", "buffer", "pointer"],
      result: "i32",
      nonblocking: true,
    },
    pipe: { parameters: ["buffer"], result: "i32" },
    read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
    write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  }));
  const { symbols } = library;
  const poller = new Poller(new SelectWaiter(symbols));
  const ends = new Int32Array(2);
  symbols.pipe(new Uint8Array(ends.buffer));
  const [readEnd, writeEnd] = ends;
  const ready = (fd: number, events: number) =>
    new Promise<void>((resolve) => poller.watch(fd, { events, ready: resolve }));
  const came = ready(readEnd, POLLIN);
  // Watched while the wait for the other is in flight, which it must end.
  await ready(writeEnd, POLLOUT);
  symbols.write(writeEnd, new Uint8Array(1), 1n);
  await came;
  symbols.read(readEnd, new Uint8Array(1), 1n);
  const hangUp = ready(readEnd, POLLIN);
  symbols.close(writeEnd);
  await hangUp;
  await poller.released(readEnd);
  symbols.close(readEnd);
  await poller.idle();
  poller.close();
});

function closing<T extends { close(): void }>(resource: T): T & Disposable {
  return Object.assign(resource, { [Symbol.dispose]: () => resource.close() });
}
