/** Waiting by poll(2), and an eventfd in its set to wake it: Linux. */

import { POLLIN, type Waited, type Waiter } from "./poller.ts";

/** The calls of the C library that this makes. */
export interface PollCalls {
  poll(set: Uint8Array<ArrayBuffer>, count: bigint, timeoutMs: number): Promise<number>;
  eventfd(initial: number, flags: number): number;
  read(fd: number, into: Uint8Array<ArrayBuffer>, bytes: bigint): number;
  write(fd: number, from: Uint8Array<ArrayBuffer>, bytes: bigint): number;
  close(fd: number): number;
}

/** EFD_NONBLOCK | EFD_CLOEXEC, eventfd(2). */
const EVENTFD_FLAGS = 0o4000 | 0o2000000;
/** `struct pollfd`: fd i32 at 0, events i16 at 4, revents i16 at 6. */
const POLLFD_BYTES = 8;

/** Waits by `poll`. */
export class PollWaiter implements Waiter {
  readonly #calls: PollCalls;
  readonly #wakeFd: number;

  constructor(calls: PollCalls) {
    this.#calls = calls;
    this.#wakeFd = calls.eventfd(0, EVENTFD_FLAGS);
    if (this.#wakeFd < 0) throw new Error("eventfd() failed");
  }

  async wait(waited: readonly Waited[]): Promise<((index: number) => boolean) | undefined> {
    const set = new Uint8Array((waited.length + 1) * POLLFD_BYTES);
    const view = new DataView(set.buffer);
    view.setInt32(0, this.#wakeFd, true);
    view.setInt16(4, POLLIN, true);
    waited.forEach(({ fd, events }, index) => {
      view.setInt32((index + 1) * POLLFD_BYTES, fd, true);
      view.setInt16((index + 1) * POLLFD_BYTES + 4, events, true);
    });
    const count = await this.#calls.poll(set, BigInt(waited.length + 1), -1);
    if (count < 0) return undefined;
    // Reading an eventfd sets it back to zero.
    if (view.getInt16(6, true) !== 0) this.#calls.read(this.#wakeFd, new Uint8Array(8), 8n);
    return (index) => view.getInt16((index + 1) * POLLFD_BYTES + 6, true) !== 0;
  }

  wake(): void {
    const one = new Uint8Array(8);
    one[0] = 1;
    this.#calls.write(this.#wakeFd, one, 8n);
  }

  close(): void {
    this.#calls.close(this.#wakeFd);
  }
}
