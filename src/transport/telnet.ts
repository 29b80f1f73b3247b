/** Boards behind a telnet server that asks for no login: `telnet://HOST[:23]`. */

import type { Address } from "./address.ts";
import { ConnTransport } from "./conn_transport.ts";
import { dial, endpointOf, NETWORK_WRITE_TIMEOUT_MS, type NetworkOptions } from "./dial.ts";
import { TelnetTransport } from "./telnet_transport.ts";
import type { Transport } from "./transport.ts";

/** IANA, "Service Name and Transport Protocol Port Number Registry". */
const TELNET_PORT = 23;

/** How long the other side may take to say whether it does telnet at all. */
const NEGOTIATION_MS = 1_500;

/** What opening a telnet connection may be told. */
export interface TelnetOptions extends NetworkOptions {
  /** How long to wait for the other side's part of the negotiation. */
  negotiationMs?: number;
}

/**
 * Connects to `telnet://HOST[:23]` and agrees upon a stream of bytes.
 *
 * @throws {TransportError} as `openTcp` does, and `gone` when the server ends the connection.
 * @throws {UsageError} when the address has no host.
 */
export async function openTelnet(
  address: Address,
  options: TelnetOptions = {},
): Promise<Transport> {
  const { href } = address;
  const { signal, negotiationMs = NEGOTIATION_MS } = options;
  const { writeTimeoutMs = NETWORK_WRITE_TIMEOUT_MS } = options;
  const example = "telnet://192.168.1.20:2001";
  const endpoint = endpointOf(address, { defaultPort: TELNET_PORT, example });
  const conn = await dial(endpoint, { ...options, href });
  const transport = new TelnetTransport(new ConnTransport(conn, { address: href, writeTimeoutMs }));
  try {
    await transport.negotiate({ withinMs: negotiationMs, signal });
    return transport;
  } catch (error) {
    await transport.close();
    throw error;
  }
}
