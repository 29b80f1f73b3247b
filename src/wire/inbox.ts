/** Messages that have come and wait to be read, within bounds. */

import { abortable, withDeadline } from "@/base/deadline.ts";
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

/** A queue of messages between a connection and whoever calls `receive`. */
export class Inbox {
  readonly #messages: Message[] = [];
  #bytes = 0;
  /** Settles when the next message is put in, or at the end: whoever waits looks again. */
  #news = Promise.withResolvers<void>();
  #full: PromiseWithResolvers<void> | undefined;
  #end: ZmtpError | undefined;

  /** Puts a message in. A promise, where one is returned, says when more is welcome. */
  put(message: Message): void | Promise<void> {
    if (this.#end !== undefined) return;
    this.#messages.push(message);
    this.#bytes += sizeOf(message);
    this.#announce();
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
    if (timeoutMs === undefined) return await this.#next(signal);
    return await withDeadline(timeoutMs, (either) => this.#next(either), {
      signal,
      error: () => new ZmtpError("timeout", `No message came within ${timeoutMs} ms.`),
    });
  }

  /** Forgets the messages that nobody has taken. */
  clear(): void {
    this.#messages.length = 0;
    this.#bytes = 0;
    this.#release();
  }

  /** Fails everyone who waits, now and later. */
  close(reason: ZmtpError): void {
    this.#end ??= reason;
    this.clear();
    this.#announce();
  }

  /** A message is never handed to who waits: one that gives up just then would take it along. */
  async #next(signal?: AbortSignal): Promise<Message> {
    signal?.throwIfAborted();
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        this.#bytes -= sizeOf(message);
        if (this.#bytes < FULL_BYTES) this.#release();
        return message;
      }
      if (this.#end !== undefined) throw this.#end;
      await abortable(this.#news.promise, signal);
    }
  }

  #announce(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  #release(): void {
    this.#full?.resolve();
    this.#full = undefined;
  }
}

function sizeOf(message: Message): number {
  return message.reduce((sum, frame) => sum + frame.length, 0);
}
