/** Boards behind a plain TCP port: `tcp://HOST:PORT`. */

import { UsageError } from "@/base/errors.ts";
import { withDeadline } from "@/base/deadline.ts";
import type { Address } from "./address.ts";
import { ConnTransport } from "./conn_transport.ts";
import { type OpenOptions, type Transport, TransportError } from "./transport.ts";

/** How long a host may take to answer. A board on Wi-Fi that sleeps between beacons needs 1–3 s. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long the other side may take no byte at all. */
const WRITE_TIMEOUT_MS = 10_000;

/** What opening a TCP connection may be told. */
export interface TcpOptions extends OpenOptions {
  /** How long connecting may take. */
  connectTimeoutMs?: number;
  /** How long a write waits for the other side to take anything. */
  writeTimeoutMs?: number;
}

/**
 * Connects to `tcp://HOST:PORT`.
 *
 * @throws {TransportError} `missing` (no such host), `refused` or `timeout`.
 * @throws {UsageError} when the address has no host or no port.
 */
export async function openTcp(address: Address, options: TcpOptions = {}): Promise<Transport> {
  if (address.host === "" || address.port === undefined) {
    throw new UsageError(
      `"${address.href}" needs a host and a port, as in tcp://192.168.1.20:4000.`,
    );
  }
  const conn = await connect(address, options);
  return new ConnTransport(conn, {
    address: address.href,
    writeTimeoutMs: options.writeTimeoutMs ?? WRITE_TIMEOUT_MS,
  });
}

/** A TCP connection to the host and port of `address`, small packets sent at once. */
async function connect(address: Address, options: TcpOptions): Promise<Deno.TcpConn> {
  const { host, port } = address as { host: string; port: number };
  const ms = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const timeout = new TransportError(
    "timeout",
    address.href,
    `${address.href} has not answered for ${ms / 1000} s. Is the board on, and in this network?`,
  );
  try {
    const conn = await withDeadline(
      ms,
      (signal) => Deno.connect({ hostname: host, port, signal }),
      { ...options.signal && { signal: options.signal }, error: () => timeout },
    );
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
    return conn;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error === timeout || isAbort(error) ? timeout : connectError(address, error as Error);
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function connectError(address: Address, cause: Error): TransportError {
  const [code, message] = cause instanceof Deno.errors.ConnectionRefused
    ? ["refused", `${address.host} answers, but nothing listens on port ${address.port} there.`]
    : cause instanceof Deno.errors.TimedOut
    ? ["timeout", `${address.host} does not answer. Is the board on, and in this network?`]
    : ["missing", `Cannot reach ${address.host}: ${cause.message}`];
  return new TransportError(
    code as "refused" | "timeout" | "missing",
    address.href,
    `Cannot open ${address.href}. ${message}`,
    { cause },
  );
}
