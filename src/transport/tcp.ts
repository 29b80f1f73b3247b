/** Boards behind a plain TCP port: `tcp://HOST:PORT`. */

import type { Address } from "./address.ts";
import { ConnTransport } from "./conn_transport.ts";
import { dial, endpointOf, NETWORK_WRITE_TIMEOUT_MS, type NetworkOptions } from "./dial.ts";
import type { Transport } from "./transport.ts";

/**
 * Connects to `tcp://HOST:PORT`.
 *
 * @throws {TransportError} `missing` (no such host), `refused` or `timeout`.
 * @throws {UsageError} when the address has no host or no port.
 */
export async function openTcp(address: Address, options: NetworkOptions = {}): Promise<Transport> {
  const endpoint = endpointOf(address, { example: "tcp://192.168.1.20:4000" });
  const { href } = address;
  const { writeTimeoutMs = NETWORK_WRITE_TIMEOUT_MS } = options;
  return new ConnTransport(await dial(endpoint, { ...options, href }), {
    address: href,
    writeTimeoutMs,
  });
}
