/**
 * One thread that waits for all ports.
 *
 * Deno runs blocking calls on a small pool of threads (about 32), so each port cannot have a
 * pending `poll` of its own. Here one `poll` without a timeout waits for everything that somebody
 * waits for, and an eventfd in the set wakes it when that changes: no wake-up while nothing
 * happens, and no call in flight while nobody waits.
 */

/** The calls of the C library that a poller makes. */
export interface PollCalls {
  poll(set: Uint8Array<ArrayBuffer>, count: bigint, timeoutMs: number): Promise<number>;
  eventfd(initial: number, flags: number): number;
  read(fd: number, into: Uint8Array<ArrayBuffer>, bytes: bigint): number;
  write(fd: number, from: Uint8Array<ArrayBuffer>, bytes: bigint): number;
  close(fd: number): number;
}

/** Data to read. poll(2). */
export const POLLIN = 0x01;
/** Room to write. poll(2). */
export const POLLOUT = 0x04;

/** EFD_NONBLOCK | EFD_CLOEXEC, eventfd(2). */
const EVENTFD_FLAGS = 0o4000 | 0o2000000;
/** `struct pollfd`: fd i32 at 0, events i16 at 4, revents i16 at 6. */
const POLLFD_BYTES = 8;
/** `poll` is interrupted now and then (EINTR), but does not fail so often in a row. */
const MAX_FAILURES = 100;

interface Watch {
  readonly fd: number;
  readonly events: number;
  readonly ready: () => void;
}

/** Waits for file descriptors to become ready. */
export class Poller {
  readonly #calls: PollCalls;
  readonly #wakeFd: number;
  readonly #watches = new Set<Watch>();
  #running: Promise<void> | undefined;
  /** The descriptors that the `poll` in flight looks at. */
  #inFlight: { fds: Set<number>; ended: Promise<void> } | undefined;

  constructor(calls: PollCalls) {
    this.#calls = calls;
    this.#wakeFd = calls.eventfd(0, EVENTFD_FLAGS);
    if (this.#wakeFd < 0) throw new Error("eventfd() failed");
  }

  /**
   * Calls `ready` once, when `fd` is ready for one of `events`, hung up or broken. Returns a
   * function that takes the wish back.
   */
  watch(fd: number, options: { events: number; ready: () => void }): () => void {
    const watch: Watch = { fd, ...options };
    this.#watches.add(watch);
    if (this.#inFlight !== undefined) this.#wake();
    this.#running ??= this.#run();
    return () => {
      if (this.#watches.delete(watch) && this.#inFlight !== undefined) this.#wake();
    };
  }

  /** Resolves when no `poll` in flight looks at `fd` any more, so that it can be closed. */
  async released(fd: number): Promise<void> {
    while (this.#inFlight?.fds.has(fd)) await this.#inFlight.ended;
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Closes the wake-up descriptor. Nothing may be watched any more. */
  close(): void {
    this.#calls.close(this.#wakeFd);
  }

  async #run(): Promise<void> {
    let failures = 0;
    try {
      while (this.#watches.size > 0) {
        const watches = [...this.#watches];
        const set = this.#pollSet(watches);
        const cycle = this.#calls.poll(set, BigInt(watches.length + 1), -1);
        this.#inFlight = {
          fds: new Set(watches.map((watch) => watch.fd)),
          ended: cycle.then(() => {}),
        };
        const count = await cycle;
        this.#inFlight = undefined;
        failures = count < 0 ? failures + 1 : 0;
        if (failures > MAX_FAILURES) throw new Error("poll() keeps failing");
        if (count > 0) this.#dispatch(watches, new DataView(set.buffer));
      }
    } finally {
      this.#running = undefined;
    }
  }

  #pollSet(watches: readonly Watch[]): Uint8Array<ArrayBuffer> {
    const set = new Uint8Array((watches.length + 1) * POLLFD_BYTES);
    const view = new DataView(set.buffer);
    view.setInt32(0, this.#wakeFd, true);
    view.setInt16(4, POLLIN, true);
    watches.forEach((watch, index) => {
      view.setInt32((index + 1) * POLLFD_BYTES, watch.fd, true);
      view.setInt16((index + 1) * POLLFD_BYTES + 4, watch.events, true);
    });
    return set;
  }

  #dispatch(watches: readonly Watch[], set: DataView): void {
    // Reading an eventfd sets it back to zero.
    if (set.getInt16(6, true) !== 0) this.#calls.read(this.#wakeFd, new Uint8Array(8), 8n);
    watches.forEach((watch, index) => {
      const happened = set.getInt16((index + 1) * POLLFD_BYTES + 6, true) !== 0;
      if (happened && this.#watches.delete(watch)) watch.ready();
    });
  }

  #wake(): void {
    const one = new Uint8Array(8);
    one[0] = 1;
    this.#calls.write(this.#wakeFd, one, 8n);
  }
}
