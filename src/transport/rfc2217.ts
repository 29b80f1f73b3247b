/** Serial ports of another computer, by RFC 2217: `rfc2217://HOST:PORT[?baud=…][&dtr=…][&rts=…]`. */

import type { Address } from "./address.ts";
import { readBaud } from "./baud.ts";
import { ConnTransport } from "./conn_transport.ts";
import { dial, endpointOf, NETWORK_WRITE_TIMEOUT_MS } from "./dial.ts";
import { readLines } from "./serial/lines.ts";
import { COM_PORT, Rfc2217Transport } from "./rfc2217_transport.ts";
import type { TelnetOptions } from "./telnet.ts";
import { TransportError } from "./transport.ts";

/** How long a server may take to agree to RFC 2217. */
const NEGOTIATION_MS = 5_000;

/**
 * Connects to a server of RFC 2217, such as ser2net, and sets up its port: raw bytes, 8N1, and the
 * speed that the address names; without one, the server's own. DTR and RTS are left as they are
 * unless the address names them.
 *
 * @throws {TransportError} as `openTcp` does; `foreign` when the server does not speak RFC 2217;
 * `refused` when the port cannot do the speed.
 * @throws {UsageError} when the address lacks host or port, or names no speed
 * or no state of a line.
 */
export async function openRfc2217(
  address: Address,
  options: TelnetOptions = {},
): Promise<Rfc2217Transport> {
  const { href } = address;
  const { signal, negotiationMs = NEGOTIATION_MS } = options;
  const { writeTimeoutMs = NETWORK_WRITE_TIMEOUT_MS } = options;
  const baud = readBaud(address);
  const lines = readLines(address);
  const endpoint = endpointOf(address, { example: "rfc2217://192.168.1.20:2001" });
  const conn = await dial(endpoint, { ...options, href });
  const line = new ConnTransport(conn, { address: href, writeTimeoutMs });
  const transport = new Rfc2217Transport(line, { writeTimeoutMs });
  try {
    await transport.negotiate({ withinMs: negotiationMs, signal, extra: [COM_PORT] });
    if (!transport.isComPort) throw notComPort(href);
    await transport.configure({ baud, signal });
    await transport.modem.set(lines);
    return transport;
  } catch (error) {
    await transport.close();
    throw error;
  }
}

function notComPort(href: string): TransportError {
  return new TransportError(
    "foreign",
    href,
    `What answers at ${href} does not speak RFC 2217. ser2net does where its accepter says ` +
      '"telnet(rfc2217)"; for another server try telnet:// or tcp://.',
  );
}
