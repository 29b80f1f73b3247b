/**
 * ZMTP 3.0 as bytes: greeting, commands and frames. Pure; the sockets live next door.
 *
 * The protocol is ZeroMQ RFC 23 (https://rfc.zeromq.org/spec/23/). Section names in comments are
 * its own. We announce 3.0: every libzmq since 4.0 (2013) speaks it, and a 3.1 peer then neither
 * sends heartbeats nor subscribes by command, although both are understood.
 */

import { ZmtpError } from "./errors.ts";

/** RFC 23, "Framing": the flags of a frame's first byte. Other bits must be zero. */
const MORE = 0x01;
const LONG = 0x02;
const COMMAND = 0x04;

/** The longest body whose length fits in one byte. */
const MAX_SHORT_BYTES = 255;

/** Bytes in a greeting: signature 10, version 2, mechanism 20, as-server 1, filler 31. */
export const GREETING_BYTES = 64;

const SIGNATURE_BYTES = 10;
const VERSION_AT = 10;
const MECHANISM_AT = 12;
const MECHANISM_BYTES = 20;

/** RFC 23, "Security": NULL, padded with zeros. */
const NULL_MECHANISM = new Uint8Array(MECHANISM_BYTES);
NULL_MECHANISM.set([0x4e, 0x55, 0x4c, 0x4c]);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message: one or more frames. */
export type Message = readonly Uint8Array[];

/** The socket types of which one end is ours. */
export type SocketType = "ROUTER" | "DEALER" | "REQ" | "REP" | "PUB" | "SUB" | "XPUB" | "XSUB";

/** One frame as received. */
export interface Frame {
  /** Whether it is a command to the connection rather than part of a message. */
  readonly command: boolean;
  /** Whether further frames of the same message follow. */
  readonly more: boolean;
  readonly body: Uint8Array;
}

/** A command's name and what follows it. */
export interface Command {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Our greeting: ZMTP 3.0, NULL, not a server (NULL knows no roles). */
export const GREETING: Uint8Array = greeting();

function greeting(): Uint8Array {
  const bytes = new Uint8Array(GREETING_BYTES);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[VERSION_AT] = 3;
  bytes.set(NULL_MECHANISM, MECHANISM_AT);
  return bytes;
}

/**
 * Checks the beginning of a peer's greeting, as many bytes as there are, so that a peer which
 * speaks something else is sent away at its first wrong byte. The signature's padding is ignored:
 * libzmq puts a length there for the sake of ZMTP 1.0.
 *
 * @throws {ZmtpError} `greeting` when no continuation could make it a ZMTP 3 greeting with NULL.
 */
export function checkGreeting(bytes: Uint8Array): void {
  const refuse = (what: string): never => {
    throw new ZmtpError("greeting", `The peer does not speak ZMTP 3: ${what}.`);
  };
  if (bytes.length > 0 && bytes[0] !== 0xff) refuse(`it begins with ${hex(bytes[0])}, not ff`);
  if (bytes.length >= SIGNATURE_BYTES && bytes[9] !== 0x7f) {
    refuse(`its signature ends with ${hex(bytes[9])}, not 7f`);
  }
  if (bytes.length > VERSION_AT && bytes[VERSION_AT] < 3) {
    refuse(`it announces major version ${bytes[VERSION_AT]}`);
  }
  const mechanism = bytes.subarray(MECHANISM_AT, MECHANISM_AT + MECHANISM_BYTES);
  if (mechanism.some((byte, index) => byte !== NULL_MECHANISM[index])) {
    refuse("it asks for a security mechanism other than NULL");
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** Writes a whole message into one buffer, so that it is sent by one system call. */
export function encodeMessage(message: Message): Uint8Array {
  let size = 0;
  for (const body of message) size += headerBytes(body) + body.length;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let index = 0; index < message.length; index++) {
    at = putFrame(bytes, at, message[index], index < message.length - 1 ? MORE : 0);
  }
  return bytes;
}

/** Writes a command as one frame. */
export function encodeCommand(name: string, data: Uint8Array): Uint8Array {
  const body = new Uint8Array(1 + name.length + data.length);
  body[0] = name.length;
  body.set(encoder.encode(name), 1);
  body.set(data, 1 + name.length);
  const bytes = new Uint8Array(headerBytes(body) + body.length);
  putFrame(bytes, 0, body, COMMAND);
  return bytes;
}

function headerBytes(body: Uint8Array): number {
  return body.length > MAX_SHORT_BYTES ? 9 : 2;
}

function putFrame(bytes: Uint8Array, start: number, body: Uint8Array, flags: number): number {
  let at = start;
  if (body.length > MAX_SHORT_BYTES) {
    bytes[at] = flags | LONG;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    view.setBigUint64(at + 1, BigInt(body.length));
    at += 9;
  } else {
    bytes[at] = flags;
    bytes[at + 1] = body.length;
    at += 2;
  }
  bytes.set(body, at);
  return at + body.length;
}

/**
 * Reads a command frame's body.
 *
 * @throws {ZmtpError} `frame` when the name is missing or longer than the body.
 */
export function parseCommand(body: Uint8Array): Command {
  const length = body.length === 0 ? 0 : body[0];
  if (length === 0 || body.length < 1 + length) {
    throw new ZmtpError("frame", "The peer sent a command without a name.");
  }
  return { name: decoder.decode(body.subarray(1, 1 + length)), data: body.subarray(1 + length) };
}

/** Writes a READY command. `Identity` is sent by the types that a ROUTER may talk to. */
export function encodeReady(type: SocketType, identity: Uint8Array = new Uint8Array()): Uint8Array {
  const properties: [string, Uint8Array][] = [["Socket-Type", encoder.encode(type)]];
  if (type === "DEALER" || type === "REQ" || type === "ROUTER") {
    properties.push(["Identity", identity]);
  }
  const size = properties.reduce((sum, [name, value]) => sum + 5 + name.length + value.length, 0);
  const data = new Uint8Array(size);
  const view = new DataView(data.buffer);
  let at = 0;
  for (const [name, value] of properties) {
    data[at] = name.length;
    data.set(encoder.encode(name), at + 1);
    at += 1 + name.length;
    view.setUint32(at, value.length);
    data.set(value, at + 4);
    at += 4 + value.length;
  }
  return encodeCommand("READY", data);
}

/**
 * Reads the properties of a READY command. Names are case-insensitive ("ZMTP Metadata"), so they
 * come back in lower case.
 *
 * @throws {ZmtpError} `handshake` when a length reaches beyond the end.
 */
export function parseProperties(data: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const properties = new Map<string, Uint8Array>();
  let at = 0;
  while (at < data.length) {
    const nameEnd = at + 1 + data[at];
    if (data[at] === 0 || nameEnd + 4 > data.length) throw cutShort();
    const valueEnd = nameEnd + 4 + view.getUint32(nameEnd);
    if (valueEnd > data.length) throw cutShort();
    const name = decoder.decode(data.subarray(at + 1, nameEnd)).toLowerCase();
    properties.set(name, data.subarray(nameEnd + 4, valueEnd));
    at = valueEnd;
  }
  return properties;
}

function cutShort(): ZmtpError {
  return new ZmtpError("handshake", "The peer's READY has a property that is cut short.");
}

/**
 * Cuts a stream of bytes into frames.
 *
 * A body that lies whole in one chunk is a view of that chunk, so chunks must not be reused. One
 * that spans chunks grows with what has really arrived: a peer cannot make us allocate by merely
 * announcing a length.
 */
export class FrameDecoder {
  #maxBytes: number;
  readonly #maxFrameBytes: number;
  readonly #header = new Uint8Array(9);
  #headerLength = 0;
  /** Length of the current body; -1 while its header is incomplete. */
  #length = -1;
  #body = new Uint8Array();
  #filled = 0;

  /**
   * Accepts bodies of up to `maxFrameBytes`. The first frame, from a peer that is still a
   * stranger, may be held shorter.
   */
  constructor(options: { maxFrameBytes: number; maxFirstFrameBytes?: number }) {
    this.#maxFrameBytes = options.maxFrameBytes;
    this.#maxBytes = options.maxFirstFrameBytes ?? options.maxFrameBytes;
  }

  /**
   * Takes the next bytes and returns the frames that they complete.
   *
   * @throws {ZmtpError} `frame` for flags that the protocol does not know, `limit` for a body of
   * more than the limit. The stream cannot be read on after either.
   */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    for (;;) {
      at = this.#readHeader(chunk, at);
      if (this.#length < 0) return frames;
      const missing = this.#length - this.#filled;
      const available = chunk.length - at;
      if (available < missing) {
        this.#append(chunk.subarray(at));
        return frames;
      }
      const rest = chunk.subarray(at, at + missing);
      frames.push(this.#finish(rest));
      at += missing;
    }
  }

  #readHeader(chunk: Uint8Array, start: number): number {
    let at = start;
    while (this.#length < 0 && at < chunk.length) {
      this.#header[this.#headerLength++] = chunk[at++];
      if (this.#headerLength === 1) checkFlags(this.#header[0]);
      else if (this.#headerLength === (this.#header[0] & LONG ? 9 : 2)) {
        this.#length = this.#readLength();
      }
    }
    return at;
  }

  #readLength(): number {
    const length = this.#header[0] & LONG
      ? Number(new DataView(this.#header.buffer).getBigUint64(1))
      : this.#header[1];
    if (length > this.#maxBytes) {
      throw new ZmtpError(
        "limit",
        `The peer announces a frame of ${length} bytes; at most ${this.#maxBytes} are accepted.`,
      );
    }
    return length;
  }

  #append(part: Uint8Array): void {
    const needed = this.#filled + part.length;
    if (needed > this.#body.length) {
      const grown = new Uint8Array(Math.min(this.#length, 2 * needed));
      grown.set(this.#body.subarray(0, this.#filled));
      this.#body = grown;
    }
    this.#body.set(part, this.#filled);
    this.#filled = needed;
  }

  #finish(rest: Uint8Array): Frame {
    let body = rest;
    if (this.#filled > 0) {
      this.#append(rest);
      body = this.#body.subarray(0, this.#filled);
      this.#body = new Uint8Array();
      this.#filled = 0;
    }
    const flags = this.#header[0];
    this.#headerLength = 0;
    this.#length = -1;
    this.#maxBytes = this.#maxFrameBytes;
    return { command: (flags & COMMAND) !== 0, more: (flags & MORE) !== 0, body };
  }
}

function checkFlags(flags: number): void {
  if ((flags & ~(MORE | LONG | COMMAND)) !== 0 || (flags & COMMAND && flags & MORE)) {
    throw new ZmtpError("frame", `The peer sent a frame with the flags ${hex(flags)}.`);
  }
}
