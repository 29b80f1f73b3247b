/**
 * One thread that waits for all ports.
 *
 * Deno runs blocking calls on a small pool of threads (about 32), so each port cannot have a
 * pending `poll` of its own. Here one call without a timeout waits for everything that somebody
 * waits for, and is woken when that changes: no wake-up while nothing happens, and no call in
 * flight while nobody waits.
 */

/** Data to read. poll(2). */
export const POLLIN = 0x01;
/** Room to write. poll(2). */
export const POLLOUT = 0x04;

/** `poll` is interrupted now and then (EINTR), but does not fail so often in a row. */
const MAX_FAILURES = 100;

/** A descriptor that is waited for. */
export interface Waited {
  readonly fd: number;
  /** {@linkcode POLLIN} or {@linkcode POLLOUT}. */
  readonly events: number;
}

/** How a system waits for descriptors. */
export interface Waiter {
  /**
   * Waits until one of `waited` is ready, hung up or broken, or {@linkcode wake} is called. Resolves
   * to whether the one of an index is; to undefined when the system refused, or was interrupted.
   */
  wait(waited: readonly Waited[]): Promise<((index: number) => boolean) | undefined>;
  /** Ends the wait that is in flight. */
  wake(): void;
  /** Gives back what waking takes. */
  close(): void;
}

interface Watch extends Waited {
  readonly ready: () => void;
}

/** Waits for file descriptors to become ready. */
export class Poller {
  readonly #waiter: Waiter;
  readonly #watches = new Set<Watch>();
  #running: Promise<void> | undefined;
  /** The descriptors that the wait in flight looks at. */
  #inFlight: { fds: Set<number>; ended: Promise<void> } | undefined;

  constructor(waiter: Waiter) {
    this.#waiter = waiter;
  }

  /**
   * Calls `ready` once, when `fd` is ready for one of `events`, hung up or broken. Returns a
   * function that takes the wish back.
   */
  watch(fd: number, options: { events: number; ready: () => void }): () => void {
    const watch: Watch = { fd, ...options };
    this.#watches.add(watch);
    if (this.#inFlight !== undefined) this.#waiter.wake();
    this.#running ??= this.#run();
    return () => {
      if (this.#watches.delete(watch) && this.#inFlight !== undefined) this.#waiter.wake();
    };
  }

  /** Resolves when no wait in flight looks at `fd` any more, so that it can be closed. */
  async released(fd: number): Promise<void> {
    while (this.#inFlight?.fds.has(fd)) await this.#inFlight.ended;
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Closes what wakes it. Nothing may be watched any more. */
  close(): void {
    this.#waiter.close();
  }

  async #run(): Promise<void> {
    let failures = 0;
    try {
      while (this.#watches.size > 0) {
        const watches = [...this.#watches];
        const cycle = this.#waiter.wait(watches);
        this.#inFlight = {
          fds: new Set(watches.map((watch) => watch.fd)),
          ended: cycle.then(() => {}),
        };
        const isReady = await cycle;
        this.#inFlight = undefined;
        failures = isReady === undefined ? failures + 1 : 0;
        if (failures > MAX_FAILURES) throw new Error("waiting for ports keeps failing");
        watches.forEach((watch, index) => {
          if (isReady?.(index) && this.#watches.delete(watch)) watch.ready();
        });
      }
    } finally {
      this.#running = undefined;
    }
  }
}
