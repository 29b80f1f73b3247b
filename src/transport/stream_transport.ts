/** What transports over a stream of bytes have in common: one reader, writes in order, an end. */

import { abortable } from "@/base/deadline.ts";
import { type Transport, TransportError } from "./transport.ts";

/** What one write to the system is offered, so that a deadline counts from the last byte taken. */
const WRITE_BYTES = 65_536;

/** How a {@linkcode StreamTransport} behaves. */
export interface StreamOptions {
  /** As the user wrote it. */
  readonly address: string;
  /**
   * How long a write waits for the other side to take anything at all. A subclass that writes to
   * another transport leaves that to it.
   */
  readonly writeTimeoutMs?: number;
}

/** What ends a wait early, besides {@linkcode StreamTransport.close}. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly withinMs?: number | undefined;
}

/** Told once that what was waited for is there, or failed. */
export interface Waiter<T> {
  readonly done: (value: T) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The base of such transports. A subclass says how bytes are received and sent, and waits by
 * {@linkcode wait} only, so that closing and cancelling end whatever is pending.
 */
export abstract class StreamTransport implements Transport {
  readonly address: string;
  readonly #writeTimeoutMs: number | undefined;
  /** Ends each wait that is pending, with an error. */
  readonly #waits = new Set<(error: Error) => void>();
  #reading = false;
  #writes: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: StreamOptions) {
    this.address = options.address;
    this.#writeTimeoutMs = options.writeTimeoutMs;
  }

  /** The next bytes, one or more. When the signal aborts, what comes later is for the next call. */
  protected abstract receive(options: { signal: AbortSignal | undefined }): Promise<Uint8Array>;

  /**
   * Sends a part of `data`, one byte or more, and returns how many bytes were taken. A send that
   * cannot be taken back does not heed the signal: the next write may not overtake it.
   */
  protected abstract send(data: Uint8Array, options: WaitOptions): Promise<number>;

  /** Gives back what the transport holds. All waits have been ended. */
  protected abstract release(): Promise<void>;

  async read({ signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    if (this.#reading) {
      throw new Error(`A read of ${this.address} is already pending; it has one reader at a time.`);
    }
    signal?.throwIfAborted();
    this.throwIfClosed();
    this.#reading = true;
    try {
      return await this.receive({ signal });
    } finally {
      this.#reading = false;
    }
  }

  async write(data: Uint8Array, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted();
    this.throwIfClosed();
    const written = this.#writes.then(() => this.#sendAll(data, signal));
    // A later write waits for this one to end, even when its caller has given up on it.
    this.#writes = written.catch(() => {});
    await abortable(written, signal);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Waits until `begin`'s waiter is told. `begin` returns what takes the wish back; that is called
   * however the wait ends, and nothing of it is left.
   *
   * @throws {TransportError} `closed`, or `timeout` when `withinMs` is over.
   * @throws the signal's reason when it aborts.
   */
  protected async wait<T>(
    begin: (waiter: Waiter<T>) => () => void,
    { signal, withinMs }: WaitOptions,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.throwIfClosed();
    const { promise, resolve: done, reject: failed } = Promise.withResolvers<T>();
    const abort = () => failed(signal!.reason);
    const timer = withinMs === undefined
      ? undefined
      : setTimeout(() => failed(this.#stuckError(withinMs)), withinMs);
    signal?.addEventListener("abort", abort, { once: true });
    this.#waits.add(failed);
    const takeBack = begin({ done, failed });
    try {
      return await promise;
    } finally {
      takeBack();
      this.#waits.delete(failed);
      // The mere name of clearTimeout has Deno load its timers: 4 ms of a short command.
      if (timer !== undefined) clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** @throws {TransportError} `closed`. */
  protected throwIfClosed(): void {
    if (this.#closing !== undefined) throw this.closedError();
  }

  /** Whether {@linkcode close} was called. */
  protected get closed(): boolean {
    return this.#closing !== undefined;
  }

  protected closedError(): TransportError {
    return new TransportError("closed", this.address, `${this.address} was closed.`);
  }

  async #close(): Promise<void> {
    const error = this.closedError();
    for (const end of [...this.#waits]) end(error);
    await this.release();
  }

  async #sendAll(data: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    for (let sent = 0; sent < data.length;) {
      signal?.throwIfAborted();
      this.throwIfClosed();
      const part = data.subarray(sent, sent + WRITE_BYTES);
      sent += await this.send(part, { signal, withinMs: this.#writeTimeoutMs });
    }
  }

  #stuckError(ms: number): TransportError {
    return new TransportError(
      "timeout",
      this.address,
      `${this.address} has taken no byte for ${ms / 1000} s. The board may hang: reset it.`,
    );
  }
}
