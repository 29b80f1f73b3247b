/** Transports whose bytes are recorded (`IOT_TRACE`). Nothing of this is loaded unless asked for. */

import { IotError } from "@/base/errors.ts";
import { observed, type Observer } from "./observed.ts";
import type { Scheme, Schemes } from "./schemes.ts";
import { type Secrets, TraceRecord } from "./trace_record.ts";
import { TransportError } from "./transport.ts";

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
        const { protocol } = transport;
        record.tell("open", { address: transport.address, ...(protocol && { protocol }) });
        open.add(record);
        return observed(transport, recorder(record, () => void open.delete(record)));
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

/** Has `record` told of a connection. */
function recorder(record: TraceRecord, onClosed: () => void): Observer {
  return {
    trace: record,
    onRead: (bytes) => record.say("board", bytes),
    onWrite: (bytes) => record.say("host", bytes),
    onModem: (lines) => record.tell("lines", lines),
    onError: (error) => {
      if (error instanceof TransportError) record.tell("error", factsOf(error));
    },
    onClose: () => {
      record.end();
      record.tell("close");
      onClosed();
    },
  };
}
