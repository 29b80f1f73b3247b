/** Messages that have come and wait to be read, within bounds. */

import type { Message } from "./codec.ts";
import { ZmtpError } from "./errors.ts";

/** How much may wait before reading from the peer pauses, in bytes. */
const FULL_BYTES = 16 * 1024 * 1024;

/** How long, and until when, to wait for a message. */
export interface ReceiveOptions {
  /** Gives up with the signal's reason. No message is lost. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up with a `timeout` after this many milliseconds. No message is lost. */
  readonly timeoutMs?: number | undefined;
}

interface Waiter {
  resolve(message: Message): void;
  reject(reason: unknown): void;
}

/** A queue of messages between a connection and whoever calls `receive`. */
export class Inbox {
  readonly #messages: Message[] = [];
  #bytes = 0;
  readonly #waiters = new Set<Waiter>();
  #full: PromiseWithResolvers<void> | undefined;
  #end: ZmtpError | undefined;

  /** Puts a message in. A promise, where one is returned, says when more is welcome. */
  put(message: Message): void | Promise<void> {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.resolve(message);
      return;
    }
    if (this.#end !== undefined) return;
    this.#messages.push(message);
    this.#bytes += sizeOf(message);
    if (this.#bytes < FULL_BYTES) return;
    this.#full ??= Promise.withResolvers();
    return this.#full.promise;
  }

  /**
   * Takes the oldest message, or waits for one.
   *
   * @throws {ZmtpError} `timeout`, or `closed` once the socket is closed.
   * @throws the signal's reason when it aborts.
   */
  async take(options: ReceiveOptions = {}): Promise<Message> {
    const { signal, timeoutMs } = options;
    signal?.throwIfAborted();
    const message = this.#messages.shift();
    if (message !== undefined) {
      this.#bytes -= sizeOf(message);
      if (this.#bytes < FULL_BYTES) this.#release();
      return message;
    }
    if (this.#end !== undefined) throw this.#end;
    return await this.#wait(signal, timeoutMs);
  }

  /** Fails everyone who waits, now and later. */
  close(reason: ZmtpError): void {
    this.#end ??= reason;
    this.#messages.length = 0;
    for (const waiter of this.#waiters) waiter.reject(this.#end);
    this.#waiters.clear();
    this.#release();
  }

  #release(): void {
    this.#full?.resolve();
    this.#full = undefined;
  }

  async #wait(signal?: AbortSignal, timeoutMs?: number): Promise<Message> {
    const waiter = Promise.withResolvers<Message>();
    this.#waiters.add(waiter);
    const onAbort = () => waiter.reject(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => {
      waiter.reject(new ZmtpError("timeout", `No message came within ${timeoutMs} ms.`));
    }, timeoutMs);
    try {
      return await waiter.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#waiters.delete(waiter);
    }
  }
}

function sizeOf(message: Message): number {
  return message.reduce((sum, frame) => sum + frame.length, 0);
}
