/**
 * The WebSocket that MicroPython's WebREPL speaks: RFC 6455 as far as `extmod/modwebsocket.c` and
 * `webrepl.py` go, with what they leave out and what they get wrong.
 */

import type { BufferedConn } from "./conn.ts";

/** RFC 6455, section 1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** RFC 6455, section 5.2. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8 } as const;
const FINAL = 0x80;
const MASKED = 0x80;
const OPCODE_BITS = 0x0f;
const LENGTH_BITS = 0x7f;
const LENGTH_16 = 126;
/** webrepl.py, `static_host`. */
const STATIC_HOST = "https://micropython.org/webrepl/";

/** How a client's first request ended. */
export type Handshake =
  /** It speaks WebSocket now. */
  | "accepted"
  /** It got a web page, and is done. */
  | "page"
  /** The server stumbled over a line without a colon and forgot the connection: no answer, ever. */
  | "forgotten";

/**
 * Answers a client's HTTP request as `server_handshake()` of webrepl.py does: names of headers are
 * compared as they are written, `Upgrade` must be `websocket`, `Connection` contain `Upgrade`; the
 * version, the host and the first line are not looked at. Lines end with a line feed, the last one
 * with both characters.
 */
export async function shakeHands(conn: BufferedConn): Promise<Handshake> {
  await conn.line();
  let key = "";
  let upgrade = false;
  let webSocket = false;
  for (;;) {
    const line = await conn.line();
    if (line === "") return await servePage(conn);
    if (line === "\r\n") break;
    const colon = line.indexOf(":");
    if (colon < 0) return "forgotten";
    const name = line.slice(0, colon).trim();
    const value = line.slice(colon + 1).trim();
    if (name === "Sec-WebSocket-Key") key = value;
    else if (name === "Connection" && value.includes("Upgrade")) upgrade = true;
    else if (name === "Upgrade" && value === "websocket") webSocket = true;
  }
  if (!upgrade || !webSocket || key === "") return await servePage(conn);
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + ACCEPT_GUID));
  await conn.sendText(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${new Uint8Array(digest).toBase64()}\r\n\r\n`,
  );
  return "accepted";
}

async function servePage(conn: BufferedConn): Promise<Handshake> {
  await conn.sendText(
    `HTTP/1.0 200 OK\r\n\r\n<base href="${STATIC_HOST}"></base>\r\n` +
      '<script src="webrepl_content.js"></script>\r\n',
  );
  return "page";
}

/** A frame from the board: final, not masked. */
export function frame(opcode: number, data: Uint8Array): Uint8Array {
  const length = data.length < LENGTH_16
    ? [data.length]
    : [LENGTH_16, data.length >> 8, data.length & 0xff];
  const out = new Uint8Array(1 + length.length + data.length);
  out.set([FINAL | opcode, ...length]);
  out.set(data, 1 + length.length);
  return out;
}

/**
 * Reads the payload of frames as a stream of bytes, as far as it has arrived. As the real one it does
 * not answer a ping, knows no length of 64 bits (it takes 127 for the length itself), takes frames
 * that are not masked, and gives all but the last byte of a ping's payload away as data.
 */
export class FrameReader {
  readonly #conn: BufferedConn;
  readonly #onClose: () => void;
  #header: number[] = [];
  #headerBytes = 2;
  #left = -1;
  #mask: readonly number[] = [];
  #maskAt = 0;
  #isControl = false;
  #dataOpcode = 0;
  #frameOpcode = 0;

  /** @param onClose called when the client closes the connection by a frame */
  constructor(conn: BufferedConn, onClose: () => void) {
    this.#conn = conn;
    this.#onClose = onClose;
  }

  /** Of the bytes that were read last. */
  get opcode(): number {
    return this.#dataOpcode;
  }

  /** Up to `limit` bytes of one frame; `undefined` when none have arrived, `null` at the end. */
  read(limit: number): Uint8Array | undefined | null {
    for (;;) {
      if (this.#left < 0) {
        const ready = this.#readHeader();
        if (ready !== true) return ready;
      }
      let data: Uint8Array | undefined | null = new Uint8Array(0);
      if (this.#left > 0) {
        data = this.#conn.take(Math.min(limit, this.#left));
        if (data === undefined || data === null) return data;
        data.forEach((byte, at) => data![at] = byte ^ (this.#mask[this.#maskAt++ & 3] ?? 0));
        this.#left -= data.length;
      }
      if (this.#left === 0) {
        this.#left = -1;
        if (this.#isControl) {
          if (this.#frameOpcode !== Opcode.close) continue;
          this.#onClose();
          return null;
        }
      }
      if (data.length > 0) return data;
    }
  }

  /** Takes what there is of a frame's header. Returns true when it is complete. */
  #readHeader(): true | undefined | null {
    for (;;) {
      const part = this.#conn.take(this.#headerBytes - this.#header.length);
      if (part === undefined || part === null) return part;
      this.#header.push(...part);
      if (this.#header.length < this.#headerBytes) continue;
      const [flags, second] = this.#header;
      const length = second & LENGTH_BITS;
      const wide = length === LENGTH_16;
      this.#headerBytes = 2 + (wide ? 2 : 0) + (second & MASKED ? 4 : 0);
      if (this.#header.length < this.#headerBytes) continue;
      this.#frameOpcode = flags & OPCODE_BITS;
      if (this.#frameOpcode !== Opcode.continuation) this.#dataOpcode = this.#frameOpcode;
      this.#isControl = this.#frameOpcode >= Opcode.close;
      this.#left = wide ? this.#header[2] << 8 | this.#header[3] : length;
      this.#mask = second & MASKED ? this.#header.slice(-4) : [];
      this.#maskAt = 0;
      this.#header = [];
      this.#headerBytes = 2;
      return true;
    }
  }
}
