/** Transports whose bytes are recorded (`IOT_TRACE`). Nothing of this is loaded unless asked for. */

import { IotError } from "@/base/errors.ts";
import type { Scheme, Schemes } from "./schemes.ts";
import { type Secrets, TraceRecord } from "./trace_record.ts";
import { type ModemLines, type Transport, TransportError } from "./transport.ts";

/** What {@linkcode traceSchemes} is told. */
export interface TraceOptions {
  readonly secrets: Secrets;
  /** Takes a line without its end. Never throws. */
  readonly write: (line: string) => void;
}

/** Schemes whose connections are recorded, and an end of all records that are open. */
export interface TracedSchemes {
  readonly schemes: Schemes;
  /** Writes what is held back of connections that are open. */
  end(): void;
}

/** `schemes`, with everything that goes over them recorded. */
export function traceSchemes(schemes: Schemes, { secrets, write }: TraceOptions): TracedSchemes {
  const open = new Set<TraceRecord>();
  let count = 0;
  const traced = (scheme: Scheme): Scheme => ({
    ...scheme,
    async open(address, options) {
      const record = new TraceRecord({ id: `${Deno.pid}.${++count}`, secrets, write });
      try {
        const transport = await scheme.open(address, options);
        open.add(record);
        return new TracedTransport(transport, { record, onClose: () => open.delete(record) });
      } catch (error) {
        record.tell("failed", { address: address.href, ...factsOf(error) });
        throw error;
      }
    },
  });
  return {
    schemes: new Map([...schemes].map(([name, scheme]) => [name, traced(scheme)])),
    end: () => open.forEach((record) => record.end()),
  };
}

function factsOf(error: unknown): Readonly<Record<string, string>> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof TransportError) return { code: error.code, message };
  return { message: error instanceof IotError ? message : `aborted: ${message}` };
}

/** Does as another transport does, and tells a record of it. */
class TracedTransport implements Transport {
  readonly address: string;
  readonly trace: TraceRecord;
  readonly protocol?: "mp";
  readonly endsOnRestart?: boolean;
  readonly modem?: ModemLines;
  readonly #inner: Transport;
  readonly #onClose: () => void;
  #isClosed = false;

  constructor(inner: Transport, options: { record: TraceRecord; onClose: () => void }) {
    const { record, onClose } = options;
    const { address, protocol, endsOnRestart, modem } = inner;
    this.#inner = inner;
    this.#onClose = onClose;
    this.address = address;
    this.trace = record;
    if (protocol !== undefined) this.protocol = protocol;
    if (endsOnRestart !== undefined) this.endsOnRestart = endsOnRestart;
    if (modem !== undefined) this.modem = tracedLines(modem, record);
    record.tell("open", { address, ...(protocol && { protocol }) });
  }

  async read(options?: { signal?: AbortSignal }): Promise<Uint8Array> {
    const bytes = await this.#telling(() => this.#inner.read(options));
    this.trace.say("board", bytes);
    return bytes;
  }

  async write(data: Uint8Array, options?: { signal?: AbortSignal }): Promise<void> {
    // Before it is sent: the board's answer comes behind it.
    this.trace.say("host", data);
    await this.#telling(() => this.#inner.write(data, options));
  }

  async close(): Promise<void> {
    await this.#inner.close();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.trace.end();
    this.trace.tell("close");
    this.#onClose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #telling<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // Aborted reads are taken up again, and one that was closed is told of as closed.
      const isNews = error instanceof TransportError && error.code !== "closed";
      if (isNews) this.trace.tell("error", factsOf(error));
      throw error;
    }
  }
}

function tracedLines(lines: ModemLines, record: TraceRecord): ModemLines {
  return {
    state: () => lines.state(),
    set: (wanted) => {
      record.tell("lines", wanted);
      return lines.set(wanted);
    },
  };
}
