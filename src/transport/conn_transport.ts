/** Bytes over a network connection of Deno's. */

import { type Transport, TransportError } from "./transport.ts";

const READ_BYTES = 65_536;
/** What one `write` is offered, so that a deadline counts from the last byte taken. */
const WRITE_BYTES = 65_536;

/** How a {@linkcode ConnTransport} behaves. */
export interface ConnOptions {
  /** As the user wrote it. */
  readonly address: string;
  /** How long a write waits for the other side to take anything. */
  readonly writeTimeoutMs: number;
}

interface WaitOptions {
  readonly signal: AbortSignal | undefined;
  readonly withinMs?: number;
}

/** A transport over a stream connection. */
export class ConnTransport implements Transport {
  readonly address: string;
  readonly #conn: Deno.Conn;
  readonly #writeTimeoutMs: number;
  readonly #buffer = new Uint8Array(READ_BYTES);
  /** Ends each wait that is pending, with an error. */
  readonly #waits = new Set<(error: Error) => void>();
  #closed = false;
  /**
   * The read in flight. A read of a connection cannot be taken back, so one that was cancelled
   * stays here and the next caller gets what it brings.
   */
  #arriving: Promise<Uint8Array> | undefined;
  #reading = false;
  #writes: Promise<unknown> = Promise.resolve();

  /** Takes over `conn`. */
  constructor(conn: Deno.Conn, options: ConnOptions) {
    this.#conn = conn;
    this.address = options.address;
    this.#writeTimeoutMs = options.writeTimeoutMs;
  }

  async read({ signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    if (this.#reading) throw new Error("a read is already pending");
    signal?.throwIfAborted();
    this.#throwIfClosed();
    this.#reading = true;
    try {
      this.#arriving ??= this.#receive();
      const bytes = await this.#unless(this.#arriving, { signal });
      this.#arriving = undefined;
      return bytes;
    } finally {
      this.#reading = false;
    }
  }

  write(data: Uint8Array, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const earlier = this.#writes;
    const sending = this.#send(data, { earlier, signal });
    const written = this.#unless(sending, { signal });
    // A later write waits for this one to end, even when its caller has given up on it.
    this.#writes = sending.catch(() => {});
    return written;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      const error = this.#closedError();
      for (const end of [...this.#waits]) end(error);
      this.#conn.close();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #receive(): Promise<Uint8Array> {
    const count = await this.#conn.read(this.#buffer).catch((error) => {
      throw this.#failure(error);
    });
    if (count === null) throw this.#failure();
    return this.#buffer.slice(0, count);
  }

  async #send(
    data: Uint8Array,
    { earlier, signal }: { earlier: Promise<unknown>; signal: AbortSignal | undefined },
  ): Promise<void> {
    await earlier;
    for (let sent = 0; sent < data.length;) {
      signal?.throwIfAborted();
      this.#throwIfClosed();
      const taken = this.#conn.write(data.subarray(sent, sent + WRITE_BYTES)).catch((error) => {
        throw this.#failure(error);
      });
      sent += await this.#unless(taken, { signal: undefined, withinMs: this.#writeTimeoutMs });
    }
  }

  /** What `work` brings, unless the transport closes, the signal aborts or the time is over. */
  #unless<T>(work: Promise<T>, { signal, withinMs }: WaitOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal!.reason);
      const timer = withinMs === undefined
        ? undefined
        : setTimeout(() => reject(this.#stuckError(withinMs)), withinMs);
      signal?.addEventListener("abort", abort, { once: true });
      this.#waits.add(reject);
      work.then(resolve, reject).finally(() => {
        this.#waits.delete(reject);
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      });
    });
  }

  #throwIfClosed(): void {
    if (this.#closed) throw this.#closedError();
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

  #failure(cause?: Error): TransportError {
    if (this.#closed) return this.#closedError();
    return new TransportError(
      "gone",
      this.address,
      `${this.address} went away: the other side closed the connection` +
        `${cause === undefined ? "" : ` (${cause.message})`}. Connect again when it is back.`,
      { cause },
    );
  }
}
