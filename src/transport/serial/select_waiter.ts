/**
 * Waiting by select(2), and a pipe in its set to wake it: macOS, whose `poll` does not take terminals.
 *
 * Written from the documentation, and not yet run on a Mac.
 */

import { POLLIN, type Waited, type Waiter } from "./poller.ts";

/** The calls of the C library that this makes. */
export interface SelectCalls {
  select(
    count: number,
    readable: Uint8Array<ArrayBuffer>,
    writable: Uint8Array<ArrayBuffer>,
    broken: Uint8Array<ArrayBuffer>,
    timeout: null,
  ): Promise<number>;
  /** Writes two descriptors, each an i32: the end to read, and the end to write. */
  pipe(ends: Uint8Array<ArrayBuffer>): number;
  read(fd: number, into: Uint8Array<ArrayBuffer>, bytes: bigint): number;
  write(fd: number, from: Uint8Array<ArrayBuffer>, bytes: bigint): number;
  close(fd: number): number;
}

/** FD_SETSIZE of macOS, sys/_types/_fd_def.h: a descriptor beyond has no bit. */
export const FD_SETSIZE = 1_024;
/** `struct fd_set`: 32 words of 32 bits, in a little-endian machine a bit for each descriptor. */
const FD_SET_BYTES = FD_SETSIZE / 8;

/** The set of `fds`, as `struct fd_set`. */
export function fdSet(fds: Iterable<number>): Uint8Array<ArrayBuffer> {
  const set = new Uint8Array(FD_SET_BYTES);
  for (const fd of fds) set[fd >> 3] |= 1 << (fd & 7);
  return set;
}

/** Whether `fd` is in `set`. */
export function isInSet(fd: number, set: Uint8Array): boolean {
  return (set[fd >> 3] & 1 << (fd & 7)) !== 0;
}

/** Waits by `select`. */
export class SelectWaiter implements Waiter {
  readonly #calls: SelectCalls;
  readonly #wakeEnd: number;
  readonly #waitEnd: number;
  /** Whether a byte is in the pipe: more than one would fill it at last. */
  #woken = false;

  constructor(calls: SelectCalls) {
    this.#calls = calls;
    const ends = new Int32Array(2);
    if (calls.pipe(new Uint8Array(ends.buffer)) !== 0) throw new Error("pipe() failed");
    [this.#waitEnd, this.#wakeEnd] = ends;
  }

  /** @throws {RangeError} when a descriptor does not fit into a set. */
  async wait(waited: readonly Waited[]): Promise<((index: number) => boolean) | undefined> {
    const fds = waited.map(({ fd }) => fd);
    const last = Math.max(this.#waitEnd, ...fds);
    if (last >= FD_SETSIZE) throw new RangeError(`too many open files: ${last}`);
    const reads = (events: number) => (events & POLLIN) !== 0;
    const of = (wanted: boolean) =>
      waited.filter(({ events }) => reads(events) === wanted).map(({ fd }) => fd);
    const readable = fdSet([this.#waitEnd, ...of(true)]);
    const writable = fdSet(of(false));
    const broken = fdSet(fds);
    const count = await this.#calls.select(last + 1, readable, writable, broken, null);
    if (count < 0) return undefined;
    if (isInSet(this.#waitEnd, readable)) {
      this.#calls.read(this.#waitEnd, new Uint8Array(1), 1n);
      this.#woken = false;
    }
    return (index) => {
      const { fd, events } = waited[index];
      return isInSet(fd, reads(events) ? readable : writable) || isInSet(fd, broken);
    };
  }

  wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    this.#calls.write(this.#wakeEnd, new Uint8Array(1), 1n);
  }

  close(): void {
    this.#calls.close(this.#wakeEnd);
    this.#calls.close(this.#waitEnd);
  }
}
