/** What transports have in common that wrap the board's bytes in a protocol: telnet, WebSocket. */

import { concat } from "@/base/bytes.ts";
import { within } from "@/base/deadline.ts";
import { StreamTransport, type WaitOptions } from "./stream_transport.ts";
import type { Transport } from "./transport.ts";

/** How long the last words of a protocol may hold up closing. */
const FAREWELL_MS = 250;

/** How a {@linkcode LayeredTransport} begins. */
export interface LayeredOptions {
  /** What has come from the line already, and is still wrapped. */
  readonly ahead?: Uint8Array;
}

/** A part of what is to be sent, wrapped. */
export interface Wrapped {
  /** For the line. */
  readonly bytes: Uint8Array;
  /** How many bytes of the payload that is. */
  readonly count: number;
}

/**
 * A transport within another. Subclasses wrap and unwrap; what else the protocol says is answered
 * from {@linkcode unwrap}, in between.
 *
 * One read of the line at a time is under way, for whoever wants it: readers of payload, and those
 * who wait for something that the protocol itself says.
 */
export abstract class LayeredTransport extends StreamTransport {
  readonly #line: Transport;
  /** Payload that has come and was not read. */
  readonly #ahead: Uint8Array[] = [];
  #hearing: Promise<void> | undefined;
  /** Why nothing more comes. */
  #ended: { readonly error: unknown } | undefined;
  /** A piece of the protocol that was not taken whole: nothing may be sent after it. */
  #torn: { readonly error: unknown } | undefined;
  #first: Uint8Array | undefined;

  /** Takes over `line`, whose write deadline is this one's as well. */
  constructor(line: Transport, { ahead }: LayeredOptions = {}) {
    super({ address: line.address });
    this.#line = line;
    this.#first = ahead;
  }

  /** The payload in `bytes`, which came from the line; it may be empty. Never throws. */
  protected abstract unwrap(bytes: Uint8Array): Uint8Array;

  /** Wraps the beginning of `data`, or all of it. */
  protected abstract wrap(data: Uint8Array): Wrapped;

  /** What is said before closing; by default, nothing. */
  protected farewell(): Uint8Array | undefined {
    return undefined;
  }

  /** For subclasses: waits until something may be sent. */
  protected readyToSend(): Promise<void> {
    return Promise.resolve();
  }

  /** Payload to be read before anything else. */
  unread(data: Uint8Array): void {
    if (data.length > 0) this.#ahead.unshift(data);
  }

  /** Payload that has come and was not read. */
  protected get waiting(): Uint8Array {
    return concat(this.#ahead);
  }

  /** Nothing more comes: `error` is thrown when all payload before has been read. */
  protected end(error: unknown): void {
    this.#ended ??= { error };
  }

  /**
   * Says something of the protocol's own. Resolves when it was said, or could not be, which a read
   * or write will find out.
   */
  protected async reply(bytes: Uint8Array): Promise<void> {
    await this.#line.write(bytes).catch(() => {});
  }

  /** Sends something that must arrive whole. */
  protected async transmit(bytes: Uint8Array): Promise<void> {
    if (this.#torn !== undefined) throw this.#torn.error;
    await this.wait<void>(({ done, failed }) => {
      this.#line.write(bytes).then(done, (error) => {
        this.#torn = { error };
        failed(error);
      });
      return () => {};
    }, {});
  }

  /**
   * Waits until something has come from the line, payload or not; false when nothing did in time.
   *
   * @throws {TransportError} when nothing will any more.
   * @throws the signal's reason when it aborts.
   */
  protected async hear(options: WaitOptions): Promise<boolean> {
    this.#throwIfEnded();
    const heard = await this.#arrival(options);
    this.#throwIfEnded();
    return heard;
  }

  protected async receive({ signal }: { signal: AbortSignal | undefined }): Promise<Uint8Array> {
    for (;;) {
      const data = this.#ahead.shift();
      if (data !== undefined) return data;
      this.#throwIfEnded();
      await this.#arrival({ signal });
    }
  }

  protected async send(data: Uint8Array): Promise<number> {
    await this.readyToSend();
    const { bytes, count } = this.wrap(data);
    await this.transmit(bytes);
    return count;
  }

  protected async release(): Promise<void> {
    const farewell = this.#ended === undefined && this.#torn === undefined
      ? this.farewell()
      : undefined;
    if (farewell !== undefined) await within(FAREWELL_MS, this.#line.write(farewell));
    await this.#line.close();
    await this.#hearing;
  }

  /** Waits until something has come, or the end; false when neither did in time. */
  async #arrival({ signal, withinMs }: WaitOptions): Promise<boolean> {
    const hearing = this.#hearing ??= this.#hearOnce();
    let timer: ReturnType<typeof setTimeout> | undefined;
    return await this.wait<boolean>(({ done, failed }) => {
      if (withinMs !== undefined) timer = setTimeout(() => done(false), withinMs);
      hearing.then(() => done(true), failed);
      return () => clearTimeout(timer);
    }, { signal });
  }

  #throwIfEnded(): void {
    if (this.#ended !== undefined) throw this.#ended.error;
  }

  async #hearOnce(): Promise<void> {
    try {
      // Always waits, so that who asked has the promise before it is forgotten.
      const bytes = await (this.#first ?? this.#line.read());
      this.#first = undefined;
      const data = this.unwrap(bytes);
      if (data.length > 0) this.#ahead.push(data);
    } catch (error) {
      this.end(error);
    } finally {
      this.#hearing = undefined;
    }
  }
}
