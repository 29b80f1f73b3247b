/**
 * How a WebSocket begins: a request and an answer of HTTP.
 *
 * The request is written as a stock WebREPL reads it, which compares the names of headers as they
 * stand (micropython-lib, webrepl.py, `server_handshake`); Deno's own WebSocket sends them in lower
 * case. Source of the rest: RFC 6455, section 4.
 */

import { concat, encode, indexOfBytes, printable } from "@/base/bytes.ts";
import { type Transport, TransportError } from "./transport.ts";

/** What a server adds to our key before it hashes it. RFC 6455, section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const HEAD_END = encode("\r\n\r\n");
const KEY_BYTES = 16;
/** A server's answer is 129 bytes; one that does not come to an end is none. */
const MAX_HEAD_BYTES = 8_192;

/** What to ask for. */
export interface Handshake {
  /** `HOST:PORT`. */
  readonly authority: string;
  /** The path, with its slash. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/**
 * Makes a WebSocket of `line`.
 *
 * @returns what has come of the first frames already
 * @throws {TransportError} `foreign` when what answers is no WebSocket server; `busy` when it hangs
 * up without a word, as boards do that have a client.
 * @throws the signal's reason when it aborts.
 */
export async function shakeHands(line: Transport, handshake: Handshake): Promise<Uint8Array> {
  const { authority, path, signal } = handshake;
  const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES)).toBase64();
  const request = [
    `GET ${encodeURI(path) || "/"} HTTP/1.1`,
    `Host: ${authority}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    "",
    "",
  ].join("\r\n");
  await line.write(encode(request), { signal });
  const { head, rest } = await readHead(line, signal);
  await checkAnswer(head, { address: line.address, key });
  return rest;
}

async function readHead(
  line: Transport,
  signal: AbortSignal,
): Promise<{ head: string; rest: Uint8Array }> {
  let heard: Uint8Array = new Uint8Array();
  for (;;) {
    const at = indexOfBytes(heard, HEAD_END);
    if (at >= 0) {
      const head = new TextDecoder("latin1").decode(heard.subarray(0, at));
      return { head, rest: heard.subarray(at + HEAD_END.length) };
    }
    // What is no HTTP need not come to an end.
    if (!looksLikeHttp(heard) || heard.length > MAX_HEAD_BYTES) throw noHttp(line.address, heard);
    try {
      heard = concat([heard, await line.read({ signal })]);
    } catch (error) {
      if (!(error instanceof TransportError) || error.code !== "gone") throw error;
      throw heard.length > 0 ? noHttp(line.address, heard) : hungUp(line.address, error);
    }
  }
}

function looksLikeHttp(heard: Uint8Array): boolean {
  return encode("HTTP/").every((byte, at) => at >= heard.length || heard[at] === byte);
}

async function checkAnswer(
  head: string,
  { address, key }: { address: string; key: string },
): Promise<void> {
  const [status, ...lines] = head.split("\r\n");
  const code = /^HTTP\/1\.[01] (\d{3})\b/.exec(status)?.[1];
  if (code !== "101") throw notWebSocket(address, status);
  const headers = new Map(lines.map((line) => {
    const [name, ...value] = line.split(":");
    return [name.trim().toLowerCase(), value.join(":").trim()];
  }));
  const digest = await crypto.subtle.digest("SHA-1", encode(key + GUID));
  if (headers.get("sec-websocket-accept") === new Uint8Array(digest).toBase64()) return;
  throw new TransportError(
    "foreign",
    address,
    `The server at ${address} answers as a WebSocket, but to another request than ours ` +
      "(Sec-WebSocket-Accept is wrong). A proxy between here and the board may be to blame.",
  );
}

function notWebSocket(address: string, status: string): TransportError {
  return new TransportError(
    "foreign",
    address,
    `What answers at ${address} is a web server, but no WebREPL: it said ` +
      `${printable(encode(status))}. A board's WebREPL is at port 8266; ` +
      "`import webrepl_setup` on the board turns it on.",
  );
}

function noHttp(address: string, heard: Uint8Array): TransportError {
  return new TransportError(
    "foreign",
    address,
    `What answers at ${address} is no WebREPL: it said ${printable(heard.subarray(0, 80))}. ` +
      "For a plain serial server take tcp:// or telnet://.",
  );
}

/** The board accepted the connection and hung up, before it said anything. */
export function hungUp(address: string, cause: Error): TransportError {
  return new TransportError(
    "busy",
    address,
    `The board at ${address} hangs up at once: a WebREPL takes one client at a time. Close the ` +
      "other one (a browser's tab, another notebook), then try again.",
    { cause },
  );
}
