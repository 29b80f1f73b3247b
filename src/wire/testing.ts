/** For tests: a peer that sends whatever bytes it is told to, and conditions with deadlines. */

import assert from "node:assert/strict";

import { within } from "@/base/deadline.ts";
import { encodeReady, GREETING, type SocketType } from "./codec.ts";
import { connect, type Endpoint } from "./endpoint.ts";

/** Any free port on loopback. */
export const LOOPBACK: Endpoint = { transport: "tcp", hostname: "127.0.0.1", port: 0 };

/** Long enough for the slowest machine; a test that waits this long has failed. */
export const DEADLINE_MS = 20_000;

/** Text as bytes. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Frames as texts. */
export function texts(message: readonly Uint8Array[]): string[] {
  return message.map((frame) => new TextDecoder().decode(frame));
}

/** Waits until `condition` holds. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** A peer at the level of bytes. */
export class RawPeer implements Disposable {
  readonly #conn: Deno.Conn;
  /** Everything received so far. */
  received = new Uint8Array();
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
  #reading = true;

  /** Reads whatever comes on `conn`, which is closed at the end. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.closed = this.#read();
  }

  /** Connects; says nothing. */
  static async connect(endpoint: Endpoint): Promise<RawPeer> {
    return new RawPeer(await connect(endpoint));
  }

  /** Connects and shakes hands as a socket of `type`. */
  static async shakeHands(
    endpoint: Endpoint,
    type: SocketType,
    identity?: Uint8Array,
  ): Promise<RawPeer> {
    const peer = await RawPeer.connect(endpoint);
    await peer.send(GREETING);
    await peer.send(encodeReady(type, identity));
    await eventually(() => peer.received.length > GREETING.length, "the server's READY");
    peer.received = new Uint8Array();
    return peer;
  }

  /** Sends all of `bytes`. A connection that is closed meanwhile is no error. */
  async send(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    } catch {
      // The other side had seen enough: `closed` tells.
    }
  }

  /** Fails unless the other side closes the connection. */
  async isSentAway(): Promise<void> {
    assert.ok(await within(DEADLINE_MS, this.closed), "the connection should have been closed");
  }

  [Symbol.dispose](): void {
    this.#reading = false;
    try {
      this.#conn.close();
    } catch {
      // Closed by the other side.
    }
  }

  async #read(): Promise<void> {
    const chunk = new Uint8Array(64 * 1024);
    while (this.#reading) {
      const count = await this.#conn.read(chunk).catch(() => null);
      if (count === null) return;
      const joined = new Uint8Array(this.received.length + count);
      joined.set(this.received);
      joined.set(chunk.subarray(0, count), this.received.length);
      this.received = joined;
    }
  }
}
