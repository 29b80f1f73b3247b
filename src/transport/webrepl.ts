/** Boards by air: MicroPython's WebREPL, `ws://HOST[:8266]` and `wss://HOST[:443]`. */

import { concat, encode, printable } from "@/base/bytes.ts";
import { pause, withDeadline } from "@/base/deadline.ts";
import type { Address } from "./address.ts";
import { ConnTransport } from "./conn_transport.ts";
import {
  dial,
  endpointOf,
  hostAndPort,
  NETWORK_WRITE_TIMEOUT_MS,
  type NetworkOptions,
} from "./dial.ts";
import { readUntil } from "./read_until.ts";
import { isGone, TransportError } from "./transport.ts";
import {
  DEFAULT_WEBREPL_PACING,
  type WebReplPacing,
  WebReplTransport,
} from "./webrepl_transport.ts";
import { hungUp, shakeHands } from "./websocket_handshake.ts";

/** micropython-lib, webrepl.py: `start(port=8266, …)`. */
const WEBREPL_PORT = 8266;
/** Boards have no TLS of their own here; what has is a proxy in front of them. */
const SECURE_PORT = 443;

/** How long a board may take from being connected to its prompt. A slow one hashes for a second. */
const LOGIN_MS = 10_000;

/** What a board says: MicroPython, extmod/modwebrepl.c. */
const ASKS = encode("Password: ");
const WELCOME = encode("WebREPL connected\r\n");
const DENIED = encode("Access denied");
/** The length of `webrepl_passwd` there, without its end. */
const MAX_PASSWORD_BYTES = 9;

/** What opening a WebREPL may be told. */
export interface WebReplOptions extends NetworkOptions {
  /** How long logging in may take. */
  loginMs?: number;
  pacing?: WebReplPacing;
  /** Waits between bursts; tests count the milliseconds instead. */
  sleep?: (ms: number) => Promise<void>;
}

/**
 * Connects to a board's WebREPL and logs in with `webrepl_pwd`.
 *
 * `wss://…?ca=FILE` trusts the certificate authority in FILE (PEM) besides the usual ones, for
 * servers that have a certificate of their own making.
 *
 * @throws {TransportError} as `openTcp` does; `foreign` when no WebREPL answers, `busy` when it has
 * a client, `no-password`, `wrong-password`, `untrusted` for a certificate.
 * @throws {UsageError} when the address has no host.
 * @throws the signal's reason when it aborts.
 */
export async function openWebRepl(
  address: Address,
  options: WebReplOptions = {},
): Promise<WebReplTransport> {
  const { href } = address;
  const { signal, loginMs = LOGIN_MS, writeTimeoutMs = NETWORK_WRITE_TIMEOUT_MS } = options;
  const secure = address.scheme === "wss";
  const endpoint = endpointOf(address, {
    defaultPort: secure ? SECURE_PORT : WEBREPL_PORT,
    example: secure ? "wss://boards.example.org/esp32" : "ws://192.168.1.20",
  });
  let conn: Deno.Conn = await dial(endpoint, { ...options, href });
  if (secure) {
    const { secureConnection } = await import("./secure.ts");
    conn = await secureConnection(conn as Deno.TcpConn, { address, signal, withinMs: loginMs });
  }
  const line = new ConnTransport(conn, { address: href, writeTimeoutMs });
  try {
    return await withDeadline(loginMs, async (signal) => {
      const authority = hostAndPort(endpoint);
      const ahead = await shakeHands(line, { authority, path: address.path, signal });
      const { pacing = DEFAULT_WEBREPL_PACING, sleep = pause } = options;
      const transport = new WebReplTransport(line, { ahead, pacing, sleep });
      await logIn(transport, { secret: options.secret, signal });
      return transport;
    }, { signal, error: () => mute(href, loginMs) });
  } catch (error) {
    await line.close();
    throw error;
  }
}

/** Who knows the password. */
interface Login {
  readonly secret: WebReplOptions["secret"];
  readonly signal: AbortSignal;
}

async function logIn(transport: WebReplTransport, { secret, signal }: Login): Promise<void> {
  const { address } = transport;
  const asked = await readUntil(transport, [ASKS], { signal }).catch((error) => {
    throw isGone(error) ? hungUp(address, error) : error;
  });
  if (asked.end === undefined) throw asksNothing(address, asked.before);
  const password = await secret?.("webrepl_pwd");
  if (password === undefined || password === "") throw noPassword(address);
  const bytes = encode(password);
  if (bytes.length > MAX_PASSWORD_BYTES || /[\r\n]/.test(password)) throw impossible(address);
  await transport.write(concat([bytes, encode("\r")]), { signal });
  // From here on nothing that was heard is quoted: a server may send back what it was sent.
  const answer = await readUntil(transport, [WELCOME, DENIED], { signal }).catch((error) => {
    throw isGone(error) ? wrongPassword(address) : error;
  });
  if (answer.end !== WELCOME) throw wrongPassword(address);
}

function mute(address: string, ms: number): TransportError {
  return new TransportError(
    "timeout",
    address,
    `${address} accepts connections, but has not let us in within ${ms / 1000} s. Is it a ` +
      "WebREPL? A board that is busy, or has another client, may not answer: reset it.",
  );
}

function asksNothing(address: string, heard: Uint8Array): TransportError {
  return new TransportError(
    "foreign",
    address,
    `What answers at ${address} is a WebSocket, but no WebREPL: instead of asking for a password ` +
      `it said ${printable(heard.subarray(0, 80))}.`,
  );
}

function noPassword(address: string): TransportError {
  return new TransportError(
    "no-password",
    address,
    `The board at ${address} asks for its WebREPL password, and none is configured. Put it into ` +
      'secrets.py as webrepl_pwd = "…".',
  );
}

function wrongPassword(address: string): TransportError {
  return new TransportError(
    "wrong-password",
    address,
    `The board at ${address} does not accept the password: webrepl_pwd in secrets.py is not the ` +
      "one in its webrepl_cfg.py.",
  );
}

function impossible(address: string): TransportError {
  return new TransportError(
    "wrong-password",
    address,
    `The password for ${address} cannot be right: webrepl_pwd in secrets.py must have at most ` +
      `${MAX_PASSWORD_BYTES} characters, as WebREPL takes no more, in one line.`,
  );
}
