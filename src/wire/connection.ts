/**
 * One ZMTP connection: the handshake, messages in, and a bounded queue of messages out.
 *
 * A connection never throws at its socket: whatever the peer does ends this connection alone, and
 * the reason is what {@linkcode Connection.run} resolves with.
 */

import {
  checkGreeting,
  encodeCommand,
  encodeReady,
  type Frame,
  FrameDecoder,
  GREETING,
  GREETING_BYTES,
  type Message,
  parseCommand,
  parseProperties,
  type SocketType,
} from "./codec.ts";
import { closeQuietly } from "./endpoint.ts";
import { ZmtpError } from "./errors.ts";
import { WriteQueue } from "./write_queue.ts";

/** What a connection may cost us. */
export interface Limits {
  /** The longest message accepted, all frames together, in bytes. */
  readonly maxMessageBytes: number;
  /** The most frames in one message: an empty frame costs memory too. */
  readonly maxFrames: number;
  /** How long a peer may take from connecting to READY, in milliseconds. */
  readonly handshakeMs: number;
  /** How much may wait to be sent before the peer counts as dead, in bytes. */
  readonly maxQueuedBytes: number;
}

/**
 * A notebook's largest message is a widget's buffer of some tens of megabytes; the queue stays
 * below the 64 MB that a subscriber which never reads may cost. libzmq allows a handshake 30 s.
 */
const DEFAULT_LIMITS: Limits = {
  maxMessageBytes: 256 * 1024 * 1024,
  maxFrames: 4096,
  handshakeMs: 10_000,
  maxQueuedBytes: 32 * 1024 * 1024,
};

/** No READY that means well is longer; until then a peer is a stranger. */
const MAX_HANDSHAKE_FRAME_BYTES = 8 * 1024;

/** RFC 23, "ZMTP Metadata": an identity fits in a short frame. */
const MAX_IDENTITY_BYTES = 255;

const READ_BYTES = 64 * 1024;

/** Which peers a socket type may talk to (RFC 23, "Socket-Type Property"). */
const COMPATIBLE: Readonly<Record<SocketType, readonly string[]>> = {
  ROUTER: ["DEALER", "REQ", "ROUTER"],
  DEALER: ["ROUTER", "REP", "DEALER"],
  REQ: ["REP", "ROUTER"],
  REP: ["REQ", "DEALER"],
  PUB: ["SUB", "XSUB"],
  XPUB: ["SUB", "XSUB"],
  SUB: ["PUB", "XPUB"],
  XSUB: ["PUB", "XPUB"],
};

/** What {@linkcode Connection.run} hands over. A handler that returns a promise stops reading. */
export interface Handlers {
  message(message: Message): void | Promise<void>;
  command?(name: string, data: Uint8Array): void;
}

/** An established connection: READY has been seen from both sides. */
export class Connection {
  /** What the peer calls itself; empty when it leaves that to us. */
  identity: Uint8Array = new Uint8Array();
  readonly #conn: Deno.Conn;
  readonly #limits: Limits;
  readonly #decoder: FrameDecoder;
  readonly #chunk = new Uint8Array(READ_BYTES);
  /** Frames that came in one chunk with the peer's READY. */
  #early: Frame[] = [];
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  readonly #queue = new WriteQueue();
  #queuedBytes = 0;
  #sentBytes = 0;
  #sending: Promise<void> | undefined;
  #waiting: { bytes: number; resolve: () => void }[] = [];
  #end: ZmtpError | undefined;

  private constructor(conn: Deno.Conn, limits: Limits) {
    this.#conn = conn;
    this.#limits = limits;
    this.#decoder = new FrameDecoder({
      maxFrameBytes: limits.maxMessageBytes,
      maxFirstFrameBytes: MAX_HANDSHAKE_FRAME_BYTES,
    });
    if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
  }

  /**
   * Shakes hands over `conn`, which is closed when that fails.
   *
   * @throws {ZmtpError} `greeting`, `handshake`, `frame` or `limit` for a peer that is no ZMTP
   * peer of ours, `timeout` when it takes too long, `gone` when it leaves.
   */
  static async open(
    conn: Deno.Conn,
    options: { type: SocketType; identity?: Uint8Array; limits?: Partial<Limits> },
  ): Promise<Connection> {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const connection = new Connection(conn, limits);
    const deadline = setTimeout(() => {
      connection.#fail(
        new ZmtpError("timeout", `The peer did not say READY within ${limits.handshakeMs} ms.`),
      );
    }, limits.handshakeMs);
    try {
      await connection.#shakeHands(options.type, options.identity);
      return connection;
    } catch (error) {
      throw connection.#fail(error);
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Bytes that wait to be sent. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Bytes that the system has taken so far: whether a slow peer still makes progress. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /**
   * Queues bytes made by `encodeMessage` or `encodeCommand`. When more than `maxQueuedBytes` would
   * wait, the peer has not read for so long that it counts as dead, and the connection is closed;
   * one message is always let through, whatever its size.
   */
  send(bytes: Uint8Array): void {
    if (this.#end !== undefined) return;
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes.length > this.#limits.maxQueuedBytes) {
      this.#fail(
        new ZmtpError("limit", `The peer does not read: ${this.#queuedBytes} bytes wait for it.`),
      );
      return;
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#sending ??= this.#drain();
  }

  /** Resolves when fewer than `bytes` wait to be sent, or the connection has ended. */
  async drainedTo(bytes: number): Promise<void> {
    if (this.#end !== undefined || this.#queuedBytes < bytes) return;
    await new Promise<void>((resolve) => this.#waiting.push({ bytes, resolve }));
  }

  /** Resolves when everything queued so far has been taken by the system, or the peer is gone. */
  async sent(): Promise<void> {
    await this.#sending;
  }

  /** Reads messages until the connection ends, and resolves with the reason. Never rejects. */
  async run(handlers: Handlers): Promise<ZmtpError> {
    try {
      for (let frames = this.#early.splice(0);; frames = await this.#read()) {
        for (const frame of frames) {
          // Whoever closed it while a handler was busy wants no more of what came before.
          if (this.#end !== undefined) throw this.#end;
          const pending = this.#take(frame, handlers);
          if (pending !== undefined) await pending;
        }
      }
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Closes it at once; what waits to be sent is lost. Closing twice is harmless. */
  close(reason = "This side closed the connection."): void {
    this.#fail(new ZmtpError("closed", reason));
  }

  async #shakeHands(type: SocketType, identity?: Uint8Array): Promise<void> {
    this.send(GREETING);
    this.send(encodeReady(type, identity));
    const rest = await this.#readGreeting();
    let frames = this.#decoder.push(rest);
    while (frames.length === 0) frames = await this.#read();
    const [ready, ...early] = frames;
    this.#checkReady(ready, type);
    this.#early = early;
  }

  /** Reads the greeting; returns what came after it in the same chunk. */
  async #readGreeting(): Promise<Uint8Array> {
    let seen = new Uint8Array();
    while (seen.length < GREETING_BYTES) {
      const chunk = await this.#readChunk();
      const joined = new Uint8Array(seen.length + chunk.length);
      joined.set(seen);
      joined.set(chunk, seen.length);
      seen = joined;
      checkGreeting(seen);
    }
    return seen.subarray(GREETING_BYTES);
  }

  #checkReady(frame: Frame, type: SocketType): void {
    const { name, data } = frame.command
      ? parseCommand(frame.body)
      : { name: "a message", data: frame.body };
    if (name !== "READY") {
      const reason = name === "ERROR" ? new TextDecoder().decode(data.subarray(1)) : "";
      throw new ZmtpError("handshake", `The peer sent ${name} instead of READY. ${reason}`.trim());
    }
    const properties = parseProperties(data);
    const peerType = new TextDecoder().decode(properties.get("socket-type"));
    if (!COMPATIBLE[type].includes(peerType)) {
      throw new ZmtpError("handshake", `A ${type} socket cannot talk to a "${peerType}" socket.`);
    }
    const identity = properties.get("identity") ?? new Uint8Array();
    // A zero at the front marks the names that a ROUTER makes up.
    if (identity.length > MAX_IDENTITY_BYTES || identity[0] === 0) {
      throw new ZmtpError("handshake", "The peer's identity is too long or begins with a zero.");
    }
    this.identity = identity.slice();
  }

  async #readChunk(): Promise<Uint8Array> {
    const count = await this.#conn.read(this.#chunk);
    if (this.#end !== undefined) throw this.#end;
    if (count === null) throw new ZmtpError("gone", "The peer closed the connection.");
    return this.#chunk.slice(0, count);
  }

  async #read(): Promise<Frame[]> {
    return this.#decoder.push(await this.#readChunk());
  }

  #take(frame: Frame, handlers: Handlers): void | Promise<void> {
    if (frame.command) {
      const { name, data } = parseCommand(frame.body);
      if (name === "PING") this.#pong(data);
      else handlers.command?.(name, data);
      return;
    }
    this.#parts.push(frame.body);
    this.#partBytes += frame.body.length;
    if (
      this.#partBytes > this.#limits.maxMessageBytes || this.#parts.length > this.#limits.maxFrames
    ) {
      throw new ZmtpError("limit", "The peer sent a message that is too long.");
    }
    if (frame.more) return;
    const message = this.#parts;
    this.#parts = [];
    this.#partBytes = 0;
    return handlers.message(message);
  }

  /** ZMTP 3.1 (RFC 37), "Connection Heartbeats": two bytes of time to live, then a context. */
  #pong(data: Uint8Array): void {
    if (data.length < 2 || data.length > 2 + 16) {
      throw new ZmtpError("frame", "The peer sent a PING of the wrong length.");
    }
    this.send(encodeCommand("PONG", data.subarray(2)));
  }

  async #drain(): Promise<void> {
    try {
      for (let bytes = this.#queue.take(); bytes !== undefined; bytes = this.#queue.take()) {
        for (let at = 0; at < bytes.length;) {
          const count = await this.#conn.write(at === 0 ? bytes : bytes.subarray(at));
          if (this.#end !== undefined) return;
          at += count;
          this.#queuedBytes -= count;
          this.#sentBytes += count;
          this.#wake();
        }
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#sending = undefined;
    }
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(({ bytes, resolve }) => {
      if (this.#queuedBytes >= bytes) return true;
      resolve();
      return false;
    });
  }

  /** Ends the connection for the first reason given, and returns that one. */
  #fail(error: unknown): ZmtpError {
    if (this.#end === undefined) {
      this.#end = error instanceof ZmtpError
        ? error
        : new ZmtpError("gone", `The connection broke: ${messageOf(error)}`, { cause: error });
      this.#queue.clear();
      this.#queuedBytes = 0;
      this.#wake();
      closeQuietly(this.#conn);
    }
    return this.#end;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
