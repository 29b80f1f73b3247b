/** Network connections: small packets sent at once, a deadline, errors that say what to do. */

import { withDeadline } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { Address } from "./address.ts";
import { type OpenOptions, TransportError } from "./transport.ts";

/** How long a host may take to answer. A board on Wi-Fi that sleeps between beacons needs 1–3 s. */
const CONNECT_TIMEOUT_MS = 10_000;

/** How long the other side may take no byte at all. */
export const NETWORK_WRITE_TIMEOUT_MS = 10_000;

/** What opening a network connection may be told. */
export interface NetworkOptions extends OpenOptions {
  /** How long connecting may take. */
  connectTimeoutMs?: number;
  /** How long a write waits for the other side to take anything. */
  writeTimeoutMs?: number;
}

/** A host, and a port on it. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * The host and port of `address`.
 *
 * @param options `defaultPort` stands where the address has none; `example` is shown in the error
 * @throws {UsageError} when it has no host, or no port and there is no default.
 */
export function endpointOf(
  { href, host, port }: Address,
  { defaultPort, example }: { defaultPort?: number; example: string },
): Endpoint {
  const known = port ?? defaultPort;
  if (host !== "" && known !== undefined) return { host, port: known };
  const what = defaultPort === undefined ? "a host and a port" : "a host";
  throw new UsageError(`"${href}" needs ${what}, as in ${example}.`);
}

/** `HOST:PORT`, an IPv6 address in brackets. */
export function hostAndPort({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Connects by TCP.
 *
 * @param href the address as the user wrote it
 * @throws {TransportError} `missing` (no such host), `refused` or `timeout`.
 * @throws the signal's reason when it aborts.
 */
export async function dial(
  endpoint: Endpoint,
  options: NetworkOptions & { readonly href: string },
): Promise<Deno.TcpConn> {
  const { href, signal, connectTimeoutMs: ms = CONNECT_TIMEOUT_MS } = options;
  const timeout = new TransportError(
    "timeout",
    href,
    `${href} has not answered for ${ms / 1000} s. Is the board on, and in this network?`,
  );
  try {
    const conn = await withDeadline(
      ms,
      (signal) => Deno.connect({ hostname: endpoint.host, port: endpoint.port, signal }),
      { signal, error: () => timeout },
    );
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
    return conn;
  } catch (error) {
    signal?.throwIfAborted();
    throw error === timeout || isAbort(error)
      ? timeout
      : connectError(endpoint, { href, cause: error as Error });
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function connectError(
  { host, port }: Endpoint,
  { href, cause }: { href: string; cause: Error },
): TransportError {
  const [code, message] = cause instanceof Deno.errors.ConnectionRefused
    ? ["refused", `${host} answers, but nothing listens on port ${port} there.`] as const
    : cause instanceof Deno.errors.TimedOut
    ? ["timeout", `${host} does not answer. Is the board on, and in this network?`] as const
    : ["missing", `Cannot reach ${host}: ${cause.message}`] as const;
  return new TransportError(code, href, `Cannot open ${href}. ${message}`, { cause });
}
