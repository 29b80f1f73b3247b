/** The other side of a network connection, for tests: a server for one client, played by hand. */

// deno-lint-ignore iot/no-node-on-hot-path -- only tests load this file
import assert from "node:assert/strict";
import { withDeadline } from "@/base/deadline.ts";
import { concat, indexOfBytes } from "@/base/bytes.ts";
import type { Link } from "./transport_suite.ts";
import type { Transport } from "./transport.ts";

/** How long a test may wait for the other side; generous, for a machine that is busy. */
export const TEST_DEADLINE_MS = 20_000;

/** The server's end of a connection. */
export class FarConn {
  readonly conn: Deno.Conn;
  readonly #buffer = new Uint8Array(65_536);
  #writes: Promise<unknown> = Promise.resolve();
  #heard: Uint8Array = new Uint8Array();
  #open = true;

  constructor(conn: Deno.Conn) {
    this.conn = conn;
  }

  /** The next bytes. */
  async read(): Promise<Uint8Array> {
    if (this.#heard.length > 0) return this.#heard.subarray(0, this.#take(this.#heard.length));
    const count = await this.conn.read(this.#buffer);
    assert.ok(count !== null, "the client hung up");
    return this.#buffer.slice(0, count);
  }

  /** Reads up to and with `end`, a text of one byte a character. */
  async until(end: string): Promise<string> {
    for (;;) {
      const at = indexOfBytes(this.#heard, bytesOf(end));
      if (at >= 0) {
        const heard = this.#heard;
        const count = this.#take(at + end.length);
        return String.fromCharCode(...heard.subarray(0, count));
      }
      const count = await this.conn.read(this.#buffer);
      assert.ok(count !== null, `hung up before ${JSON.stringify(end)} came`);
      this.#heard = concat([this.#heard, this.#buffer.subarray(0, count)]);
    }
  }

  /** Reads until the client hangs up; returns whether it did so, in time. */
  async hungUp(): Promise<boolean> {
    return await withDeadline(TEST_DEADLINE_MS, async () => {
      for (;;) if (await this.conn.read(this.#buffer).catch(() => null) === null) return true;
    }, { error: () => new Error("the client does not hang up") });
  }

  /** Sends bytes, or a text of one byte a character; writes keep their order. */
  write(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === "string" ? bytesOf(data) : data;
    const written = this.#writes.then(async () => {
      for (let sent = 0; sent < bytes.length;) sent += await this.conn.write(bytes.subarray(sent));
    });
    this.#writes = written.catch(() => {});
    return written;
  }

  hangUp(): Promise<void> {
    if (this.#open) this.conn.close();
    this.#open = false;
    return Promise.resolve();
  }

  #take(count: number): number {
    this.#heard = this.#heard.subarray(count);
    return count;
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** A far end's own idea of the protocol. It may write to the connection itself. */
export interface FarCodec {
  encode(data: Uint8Array): Uint8Array;
  decode(bytes: Uint8Array): Uint8Array;
}

/** Bytes as they are. */
export const PLAIN: FarCodec = { encode: (data) => data, decode: (bytes) => bytes };

/** What a link is made of. */
export interface Ends {
  /** Opens the near end at this port of 127.0.0.1. */
  open(port: number): Promise<Transport>;
  /** Plays the server up to where bytes go both ways. */
  serve(far: FarConn): FarCodec | Promise<FarCodec>;
}

/** A link over a real connection. */
export async function openLink({ open, serve }: Ends): Promise<Link> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = listener.accept().then(async (conn) => {
    conn.setNoDelay();
    const far = new FarConn(conn);
    return { far, codec: await serve(far) };
  });
  const [{ far, codec }, transport] = await Promise.all([serving, open(listener.addr.port)]);
  return {
    transport,
    far: {
      async read() {
        for (;;) {
          const data = codec.decode(await far.read());
          if (data.length > 0) return data;
        }
      },
      write: (data) => far.write(codec.encode(data)),
      hangUp: () => far.hangUp(),
    },
    async [Symbol.asyncDispose]() {
      await transport.close();
      await far.hangUp();
    },
  };
}

/**
 * Serves one client by `serve` while `work` opens the port, and hangs up when `work` is done.
 *
 * @returns what `work` returns
 */
export async function against<T>(
  serve: (far: FarConn) => void | Promise<void>,
  work: (port: number, far: Promise<FarConn>) => Promise<T>,
): Promise<T> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const far = listener.accept().then((conn) => new FarConn(conn));
  // Work that ends before the server has said all is what some tests are about.
  const serving = far.then(serve).catch(() => {});
  try {
    return await withDeadline(
      TEST_DEADLINE_MS,
      () => work(listener.addr.port, far),
      { error: () => new Error("the test did not end") },
    );
  } finally {
    await (await far).hangUp();
    await serving;
  }
}
