/** Bytes over a non-blocking file descriptor: the part of a serial port that is in use. */

import { abortable } from "@/base/deadline.ts";
import { type Transport, TransportError } from "@/transport/transport.ts";
import type { SerialSystem } from "./libc.ts";
import { POLLIN, POLLOUT } from "./poller.ts";

/** A terminal hands out at most 4 KiB a read; this leaves room for other descriptors. */
const READ_BYTES = 65_536;
/** What one `write` is offered. A terminal takes a part of it, and says how much. */
const WRITE_BYTES = 65_536;
/**
 * So many reads in a row may be answered at once, without waiting: those keep the event loop from
 * running, and a board that floods us must not hold up timers, signals and the other ports.
 */
const MAX_IMMEDIATE_READS = 16;
/** How long output that the board has not yet taken may hold up closing. */
const DRAIN_MS = 250;
/** TCOFLUSH: drop what was written but not sent. termios(3). */
const FLUSH_OUTPUT = 1n;

/** How an {@linkcode FdTransport} behaves. */
export interface FdOptions {
  /** As the user wrote it. */
  readonly address: string;
  /** How long a write waits for the other side to take anything at all. */
  readonly writeTimeoutMs: number;
}

interface WaitOptions {
  readonly signal: AbortSignal | undefined;
  readonly withinMs?: number;
}

/** A transport over a file descriptor that is open, non-blocking and in raw mode. */
export class FdTransport implements Transport {
  readonly address: string;
  /** The open descriptor; -1 when closed. */
  protected fd: number;
  protected readonly system: SerialSystem;
  readonly #writeTimeoutMs: number;
  readonly #buffer = new Uint8Array(READ_BYTES);
  /** Ends each wait that is pending, with an error. */
  readonly #waits = new Set<(error: Error) => void>();
  #immediateReads = 0;
  #reading = false;
  #writes: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  /** Takes over `fd` and one use of `system`; both are given back when it closes. */
  constructor(fd: number, system: SerialSystem, options: FdOptions) {
    this.fd = fd;
    this.system = system;
    this.address = options.address;
    this.#writeTimeoutMs = options.writeTimeoutMs;
  }

  async read({ signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    if (this.#reading) throw new Error("a read is already pending");
    this.#reading = true;
    try {
      for (;;) {
        signal?.throwIfAborted();
        this.#throwIfClosed();
        if (this.#immediateReads++ < MAX_IMMEDIATE_READS) {
          const bytes = this.#tryRead();
          if (bytes !== undefined) return bytes;
        }
        await this.#ready(POLLIN, { signal });
        this.#immediateReads = 0;
      }
    } finally {
      this.#reading = false;
    }
  }

  write(data: Uint8Array, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const written = this.#writes.then(() => this.#writeAll(data, signal));
    this.#writes = written.catch(() => {});
    // At once, also while it waits for its turn; nothing of it is sent then.
    return abortable(written, signal);
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { fd, system } = this;
    this.fd = -1;
    const error = this.#closedError();
    for (const end of [...this.#waits]) end(error);
    await system.poller.released(fd);
    await this.#drain(fd);
    this.beforeClose(fd);
    await system.c.closeSlowly(fd);
    await system.release();
  }

  /** For subclasses: called with the descriptor just before it is closed. */
  protected beforeClose(_fd: number): void {}

  /**
   * Gives the last bytes a moment to leave, then drops the rest: the kernel would hold up `close`
   * for 30 seconds (`closing_wait`) when a board takes nothing more.
   */
  async #drain(fd: number): Promise<void> {
    const { c, platform } = this.system;
    const queued = new Int32Array(1);
    const bytes = new Uint8Array(queued.buffer);
    const end = performance.now() + DRAIN_MS;
    while (c.ioctl(fd, BigInt(platform.ioctl.outputQueued), bytes) === 0 && queued[0] > 0) {
      if (performance.now() > end) {
        c.ioctlNumber(fd, BigInt(platform.ioctl.flush), FLUSH_OUTPUT);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  #tryRead(): Uint8Array | undefined {
    const count = this.system.c.read(this.fd, this.#buffer, BigInt(READ_BYTES));
    if (count > 0) return this.#buffer.slice(0, count);
    // A terminal whose other side is gone reads as ended.
    if (count === 0) throw this.#goneError();
    const errno = this.system.errno();
    if (errno === "EAGAIN" || errno === "EINTR") return undefined;
    throw this.#goneError(errno);
  }

  async #writeAll(data: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    for (let sent = 0; sent < data.length;) {
      signal?.throwIfAborted();
      this.#throwIfClosed();
      // A copy: the caller's bytes may lie in shared memory, which a call by FFI does not take.
      const part = data.slice(sent, sent + WRITE_BYTES) as Uint8Array<ArrayBuffer>;
      const count = this.system.c.write(this.fd, part, BigInt(part.length));
      if (count > 0) {
        sent += count;
        continue;
      }
      const errno = this.system.errno();
      if (errno !== "EAGAIN" && errno !== "EINTR") throw this.#goneError(errno);
      await this.#ready(POLLOUT, { signal, withinMs: this.#writeTimeoutMs });
    }
  }

  /** Waits for `events`; rejects when the signal aborts, the port closes, or the time is over. */
  #ready(events: number, { signal, withinMs }: WaitOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        this.#waits.delete(settle);
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        unwatch();
        if (error === undefined) resolve();
        else reject(error);
      };
      const abort = () => settle(signal!.reason);
      const timer = withinMs === undefined
        ? undefined
        : setTimeout(() => settle(this.#stuckError(withinMs)), withinMs);
      signal?.addEventListener("abort", abort, { once: true });
      this.#waits.add(settle);
      const unwatch = this.system.poller.watch(this.fd, { events, ready: () => settle() });
    });
  }

  #throwIfClosed(): void {
    if (this.fd < 0) throw this.#closedError();
  }

  #closedError(): TransportError {
    return new TransportError("closed", this.address, `${this.address} was closed.`);
  }

  #stuckError(ms: number): TransportError {
    return new TransportError(
      "timeout",
      this.address,
      `${this.address} has taken no byte for ${ms / 1000} s. The board may hang: reset it.`,
    );
  }

  #goneError(errno?: string): TransportError {
    const why = errno === undefined || errno === "EIO" ? "" : ` (${errno})`;
    return new TransportError(
      "gone",
      this.address,
      `${this.address} went away${why}: the board was unplugged or has reset. ` +
        "Connect again when it is back.",
    );
  }
}
