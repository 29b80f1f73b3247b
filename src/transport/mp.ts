/** Boards that serve iot49's own protocol: `mp://HOST:PORT`. What is said then is in repl/. */

import { concat, encode, printable } from "@/base/bytes.ts";
import { withDeadline } from "@/base/deadline.ts";
import type { Address } from "./address.ts";
import { ConnTransport } from "./conn_transport.ts";
import { dial, endpointOf, NETWORK_WRITE_TIMEOUT_MS, type NetworkOptions } from "./dial.ts";
import { LayeredTransport, type Wrapped } from "./layered_transport.ts";
import { readUntil } from "./read_until.ts";
import { isGone, TransportError } from "./transport.ts";

/** How long a board may take from being connected to being ready. */
const LOGIN_MS = 10_000;

/** The words of the protocol's beginning and end: iot49/iot-device, mp_device.py. */
const GREETING = "ns-V1";
const ACCEPTED = "OK";
const FAREWELL = encode("bye\n");
const LINE_END = encode("\n");

/** How long after its last words a server may take to hang up. */
const LAST_WORDS_MS = 200;

/** What opening such a connection may be told. */
export interface MpOptions extends NetworkOptions {
  /** How long logging in may take. */
  loginMs?: number;
}

/** Bytes as they are, to a board that is ready for a command. */
export class MpTransport extends LayeredTransport {
  readonly protocol = "mp";

  protected unwrap(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  protected wrap(data: Uint8Array): Wrapped {
    return { bytes: data, count: data.length };
  }

  protected override farewell(): Uint8Array {
    return FAREWELL;
  }
}

/**
 * Connects to `mp://HOST:PORT` and logs in with `mp_pwd`.
 *
 * @throws {TransportError} as `openTcp` does; `foreign` when what answers does not speak this
 * version of the protocol; `busy` when it hangs up at once; `no-password`, `wrong-password`.
 * @throws {UsageError} when the address lacks host or port.
 * @throws the signal's reason when it aborts.
 */
export async function openMp(address: Address, options: MpOptions = {}): Promise<MpTransport> {
  const { href } = address;
  const { signal, loginMs = LOGIN_MS, writeTimeoutMs = NETWORK_WRITE_TIMEOUT_MS } = options;
  const endpoint = endpointOf(address, { example: "mp://192.168.1.20:54321" });
  const conn = await dial(endpoint, { ...options, href });
  const transport = new MpTransport(new ConnTransport(conn, { address: href, writeTimeoutMs }));
  try {
    await withDeadline(
      loginMs,
      (signal) => logIn(transport, { secret: options.secret, signal }),
      { signal, error: () => mute(href, loginMs) },
    );
    return transport;
  } catch (error) {
    await transport.close();
    throw error;
  }
}

/** Who knows the password. */
interface Login {
  readonly secret: MpOptions["secret"];
  readonly signal: AbortSignal;
}

async function logIn(transport: MpTransport, { secret, signal }: Login): Promise<void> {
  const { address } = transport;
  const greeting = await readUntil(transport, [LINE_END], { signal }).catch((error) => {
    throw isGone(error) ? hungUp(address, error) : error;
  });
  if (text(greeting.before) !== GREETING) {
    // A server that has a client may say so before it hangs up.
    const left = await hangsUp(transport, signal);
    throw left ? turnedAway(address, greeting.before) : foreign(address, greeting.before);
  }
  const password = await secret?.("mp_pwd");
  if (password === undefined || password === "") throw noPassword(address);
  await transport.write(concat([encode(password), LINE_END]), { signal });
  // From here on nothing that was heard is quoted: a server may send back what it was sent.
  const answer = await readUntil(transport, [LINE_END], { signal }).catch((error) => {
    throw isGone(error) ? wrongPassword(address) : error;
  });
  if (text(answer.before) !== ACCEPTED) throw wrongPassword(address);
}

/** Whether the other side hangs up within a moment. */
async function hangsUp(transport: MpTransport, signal: AbortSignal): Promise<boolean> {
  const moment = new Error();
  try {
    await withDeadline(LAST_WORDS_MS, async (signal) => {
      for (;;) await transport.read({ signal });
    }, { signal, error: () => moment });
  } catch (error) {
    if (error !== moment && !isGone(error)) throw error;
    return error !== moment;
  }
  return false;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trimEnd();
}

function mute(address: string, ms: number): TransportError {
  return new TransportError(
    "timeout",
    address,
    `${address} accepts connections, but has not let us in within ${ms / 1000} s. Does the board ` +
      "serve iot49's protocol there, and to nobody else just now? Reset it.",
  );
}

function hungUp(address: string, cause: Error): TransportError {
  return new TransportError(
    "busy",
    address,
    `The board at ${address} hangs up at once. If it has another client, close that one, then ` +
      "try again.",
    { cause },
  );
}

function turnedAway(address: string, heard: Uint8Array): TransportError {
  return new TransportError(
    "busy",
    address,
    `${address} turned us away, saying ${printable(heard.subarray(0, 80))}. If the board has ` +
      "another client, close that one, then try again.",
  );
}

function foreign(address: string, heard: Uint8Array): TransportError {
  return new TransportError(
    "foreign",
    address,
    `What answers at ${address} does not greet as iot49's protocol does ("${GREETING}"), but says ` +
      `${printable(heard.subarray(0, 80))}. Another version, or another protocol: for a plain ` +
      "serial server take tcp:// or telnet://.",
  );
}

function noPassword(address: string): TransportError {
  return new TransportError(
    "no-password",
    address,
    `The board at ${address} wants a password, and none is configured. Put it into secrets.py as ` +
      'mp_pwd = "…".',
  );
}

function wrongPassword(address: string): TransportError {
  return new TransportError(
    "wrong-password",
    address,
    `The board at ${address} does not accept the password: mp_pwd in secrets.py is not the one ` +
      "on the board.",
  );
}
