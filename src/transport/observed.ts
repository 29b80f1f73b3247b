/** A transport whose traffic somebody looks on at: for traces, and for what tests tell of a failure. */

import type { Scheme, Schemes } from "./schemes.ts";
import type { ModemLines, Transport, TransportTrace } from "./transport.ts";

/** Is told what goes over one connection, in order. Must not throw. */
export interface Observer {
  /** What the transport is to offer as its trace. */
  readonly trace?: TransportTrace;
  /** Bytes that the board sent, as they are read. */
  onRead?(bytes: Uint8Array): void;
  /** Bytes for the board, as they are written. */
  onWrite?(bytes: Uint8Array): void;
  /** Our modem lines, as they are set. */
  onModem?(lines: { readonly dtr?: boolean; readonly rts?: boolean }): void;
  /** A read or write that failed, but not one that was given up by its signal. */
  onError?(error: unknown): void;
  /** The connection is closed by this side. Once, and nothing is told after it. */
  onClose?(): void;
}

/** `transport`, looked on at by `observer`. */
export function observed(transport: Transport, observer: Observer): Transport {
  return new ObservedTransport(transport, observer);
}

/**
 * `schemes`, with each connection looked on at by what `observe` makes for it.
 *
 * @param observe is given the address, when it has been opened
 */
export function observedSchemes(
  schemes: Schemes,
  observe: (address: string) => Observer,
): Schemes {
  const watch = (scheme: Scheme): Scheme => ({
    ...scheme,
    open: async (address, options) => {
      const transport = await scheme.open(address, options);
      return observed(transport, observe(transport.address));
    },
  });
  return new Map([...schemes].map(([name, scheme]) => [name, watch(scheme)]));
}

class ObservedTransport implements Transport {
  readonly #transport: Transport;
  readonly #observer: Observer;
  readonly address: string;
  declare readonly protocol?: "mp";
  declare readonly endsOnRestart?: boolean;
  declare readonly modem?: ModemLines;
  declare readonly trace?: TransportTrace;
  #closed = false;

  constructor(transport: Transport, observer: Observer) {
    this.#transport = transport;
    this.#observer = observer;
    this.address = transport.address;
    const { protocol, endsOnRestart, modem } = transport;
    if (protocol !== undefined) this.protocol = protocol;
    if (endsOnRestart !== undefined) this.endsOnRestart = endsOnRestart;
    if (modem !== undefined) this.modem = observedModem(modem, observer);
    const trace = observer.trace ?? transport.trace;
    if (trace !== undefined) this.trace = trace;
  }

  async read(options?: { signal?: AbortSignal }): Promise<Uint8Array> {
    const bytes = await this.#watch(() => this.#transport.read(options), options?.signal);
    if (!this.#closed) this.#observer.onRead?.(bytes);
    return bytes;
  }

  async write(data: Uint8Array, options?: { signal?: AbortSignal }): Promise<void> {
    // Before it is sent: the answer may be read first otherwise.
    if (!this.#closed) this.#observer.onWrite?.(data);
    await this.#watch(() => this.#transport.write(data, options), options?.signal);
  }

  async close(): Promise<void> {
    if (!this.#closed) this.#observer.onClose?.();
    this.#closed = true;
    await this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #watch<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!signal?.aborted && !this.#closed) this.#observer.onError?.(error);
      throw error;
    }
  }
}

function observedModem(modem: ModemLines, observer: Observer): ModemLines {
  return {
    state: () => modem.state(),
    set: (lines) => {
      observer.onModem?.(lines);
      return modem.set(lines);
    },
  };
}
