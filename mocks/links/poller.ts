/**
 * Waits for any of a process's descriptors in one call of `poll` on another thread, so that boards
 * at rest cost nothing. There is one poller for all ports: each pending call occupies one of Deno's
 * few threads for blocking work.
 */

import { check, libc, O_CLOEXEC, O_NONBLOCK, POLLIN } from "./libc.ts";

/** struct pollfd: fd i32 at 0, events i16 at 4, revents i16 at 6. */
const POLLFD_BYTES = 8;
const EVENTFD_BYTES = 8;

/** A descriptor that is waited for. */
export interface Watch {
  /** What to wait for: POLLIN, POLLOUT, both, or 0. Takes effect at once. */
  events: number;
  /** Ends it; afterwards the descriptor may be closed. */
  close(): Promise<void>;
}

interface Entry {
  readonly fd: number;
  events: number;
  readonly onReady: (revents: number) => void;
}

/** The poller. */
export class Poller {
  static readonly shared = new Poller();
  readonly #entries = new Set<Entry>();
  #loop: Promise<void> | undefined;
  #wakeFd = -1;
  #generation = Promise.withResolvers<void>();

  /** Calls `onReady` whenever something of `events` is so. */
  watch(fd: number, events: number, onReady: (revents: number) => void): Watch {
    const entry: Entry = { fd, events, onReady };
    this.#entries.add(entry);
    if (this.#loop === undefined) this.#loop = this.#run();
    else this.#wake();
    return {
      get events() {
        return entry.events;
      },
      set events(events: number) {
        if (entry.events === events) return;
        entry.events = events;
        Poller.shared.#wake();
      },
      close: async () => {
        if (!this.#entries.delete(entry)) return;
        // The call under way may still look at the descriptor. It is that call's end that counts, not
        // the loop's: somebody else may watch something again before the loop has ended.
        const { promise } = this.#generation;
        this.#wake();
        await promise;
      },
    };
  }

  #wake(): void {
    if (this.#wakeFd < 0) return;
    libc().write(this.#wakeFd, new BigUint64Array([1n]), BigInt(EVENTFD_BYTES));
  }

  async #run(): Promise<void> {
    const { eventfd, poll, read, close } = libc();
    this.#wakeFd = check(eventfd(0, O_NONBLOCK | O_CLOEXEC), "make an eventfd");
    const counter = new Uint8Array(EVENTFD_BYTES);
    while (this.#entries.size > 0) {
      const entries = [...this.#entries];
      const set = new DataView(new ArrayBuffer(POLLFD_BYTES * (entries.length + 1)));
      set.setInt32(0, this.#wakeFd, true);
      set.setInt16(4, POLLIN, true);
      entries.forEach(({ fd, events }, index) => {
        set.setInt32(POLLFD_BYTES * (index + 1), fd, true);
        set.setInt16(POLLFD_BYTES * (index + 1) + 4, events, true);
      });
      const generation = this.#generation;
      await poll(new Uint8Array(set.buffer), BigInt(entries.length + 1), -1);
      this.#generation = Promise.withResolvers<void>();
      generation.resolve();
      if (set.getInt16(6, true) !== 0) read(this.#wakeFd, counter, BigInt(EVENTFD_BYTES));
      entries.forEach((entry, index) => {
        const revents = set.getInt16(POLLFD_BYTES * (index + 1) + 6, true);
        if (revents !== 0 && this.#entries.has(entry)) entry.onReady(revents);
      });
    }
    close(this.#wakeFd);
    this.#wakeFd = -1;
    this.#loop = undefined;
    // Whoever closed the last watch from within its own call waits for this.
    this.#generation.resolve();
    this.#generation = Promise.withResolvers();
  }
}
