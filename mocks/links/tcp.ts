/** A board's serial port as a TCP server on this machine, for one client at a time. */

import { closeConn, HOST } from "./conn.ts";
import type { Listener } from "./link.ts";
import type { Plug, Port } from "./plug.ts";

const BUSY = new TextEncoder().encode("The board is in use by another client.\r\n");

/** The server. */
export class TcpPort implements Port {
  readonly #board: Plug;
  readonly #port: number;
  readonly #scheme: string;
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> = Promise.resolve();
  #client: { conn: Deno.TcpConn; served: Promise<void> } | undefined;

  private constructor(board: Plug, listener: Deno.TcpListener, scheme: string) {
    this.#board = board;
    this.#scheme = scheme;
    this.#listener = listener;
    this.#port = listener.addr.port;
    this.#accepting = this.#accept(listener);
  }

  /**
   * Serves `board` on `port`, 0 for any that is free.
   *
   * @param options `scheme`: how its address begins, for a board that says more than its REPL does
   * @throws {Deno.errors.AddrInUse} when another program has the port.
   */
  static open(board: Plug, port: number, options: { scheme?: string } = {}): TcpPort {
    return new TcpPort(board, Deno.listen({ hostname: HOST, port }), options.scheme ?? "tcp");
  }

  get address(): string {
    return `${this.#scheme}://${HOST}:${this.#port}`;
  }

  async unplug(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    this.#client?.conn.close();
    await this.#client?.served;
    await this.#accepting;
  }

  plugIn(): Promise<void> {
    if (this.#listener === undefined) {
      this.#listener = Deno.listen({ hostname: HOST, port: this.#port });
      this.#accepting = this.#accept(this.#listener);
    }
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unplug();
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    // The loop ends when the listener is closed.
    for await (const conn of listener) {
      if (this.#client !== undefined) {
        await conn.write(BUSY).catch(() => {});
        conn.close();
        continue;
      }
      conn.setNoDelay();
      const client = { conn, served: this.#serve(conn) };
      this.#client = client;
      client.served.then(() => this.#client = undefined);
    }
  }

  async #serve(conn: Deno.TcpConn): Promise<void> {
    const ear: Listener = {
      async hear(data) {
        try {
          for (let from = 0; from < data.length;) from += await conn.write(data.subarray(from));
        } catch {
          // The client went away in the middle; what is left for it is lost.
        }
      },
      hangUp: () => closeConn(conn),
    };
    this.#board.plugIn(ear);
    const buffer = new Uint8Array(4096);
    try {
      for (;;) {
        const count = await conn.read(buffer);
        if (count === null) break;
        await this.#board.receive(buffer.slice(0, count));
      }
    } catch {
      // Reset by the client, or closed by us: it is gone either way.
    } finally {
      this.#board.unplug(ear);
      closeConn(conn);
    }
  }
}
