/** Bytes over a non-blocking file descriptor: the part of a serial port that is in use. */

import {
  type StreamOptions,
  StreamTransport,
  type WaitOptions,
} from "@/transport/stream_transport.ts";
import { TransportError } from "@/transport/transport.ts";
import type { SerialSystem } from "./libc.ts";
import { POLLIN, POLLOUT } from "./poller.ts";

/** A terminal hands out at most 4 KiB a read; this leaves room for other descriptors. */
const READ_BYTES = 65_536;
/**
 * So many reads in a row may be answered at once, without waiting: those keep the event loop from
 * running, and a board that floods us must not hold up timers, signals and the other ports.
 */
const MAX_IMMEDIATE_READS = 16;
/** How long output that the board has not yet taken may hold up closing. */
const DRAIN_MS = 250;

/** A transport over a file descriptor that is open, non-blocking and in raw mode. */
export class FdTransport extends StreamTransport {
  /** The open descriptor; -1 when closed. */
  protected fd: number;
  protected readonly system: SerialSystem;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #immediateReads = 0;

  /** Takes over `fd` and one use of `system`; both are given back when it closes. */
  constructor(fd: number, system: SerialSystem, options: StreamOptions) {
    super(options);
    this.fd = fd;
    this.system = system;
  }

  protected async receive({ signal }: { signal: AbortSignal | undefined }): Promise<Uint8Array> {
    for (;;) {
      if (this.#immediateReads++ < MAX_IMMEDIATE_READS) {
        const bytes = this.#tryRead();
        if (bytes !== undefined) return bytes;
      }
      await this.#ready(POLLIN, { signal });
      this.throwIfClosed();
      this.#immediateReads = 0;
    }
  }

  protected async send(data: Uint8Array, options: WaitOptions): Promise<number> {
    // A copy: the caller's bytes may lie in shared memory, which a call by FFI does not take.
    const copy = data.slice() as Uint8Array<ArrayBuffer>;
    for (;;) {
      // A terminal takes a part, and says how much.
      const count = this.system.c.write(this.fd, copy, BigInt(copy.length));
      if (count > 0) return count;
      const errno = this.system.errno();
      if (errno !== "EAGAIN" && errno !== "EINTR") throw this.#goneError(errno);
      await this.#ready(POLLOUT, options);
      this.throwIfClosed();
    }
  }

  protected async release(): Promise<void> {
    const { fd, system } = this;
    this.fd = -1;
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
        this.system.flush(fd, "output");
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

  #ready(events: number, options: WaitOptions): Promise<void> {
    return this.wait<void>(
      ({ done }) => this.system.poller.watch(this.fd, { events, ready: done }),
      options,
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
