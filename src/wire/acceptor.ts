/** What every listening socket does: accept, shake hands, read, and close in good order. */

import { pause, within } from "@/base/deadline.ts";
import { logger } from "@/base/log.ts";
import type { SocketType } from "./codec.ts";
import { Connection, type Handlers, type Limits } from "./connection.ts";
import { closeQuietly, type Endpoint, formatEndpoint, listen } from "./endpoint.ts";
import type { ZmtpError } from "./errors.ts";

const log = logger("wire");

/** A rig of many clients stays far below; a program that opens sockets in a loop is stopped. */
const MAX_CONNECTIONS = 256;

/** How long closing waits for peers to take what was already sent, in milliseconds. */
const LINGER_MS = 1_000;

/** How long to wait before accepting again when the system is out of descriptors. */
const ACCEPT_RETRY_MS = 100;

/** What may be chosen when a server socket is bound. */
export interface ServerOptions {
  readonly limits?: Partial<Limits>;
  /** Told why a connection ended, unless the peer just left or this side closed it. */
  onError?(error: ZmtpError): void;
}

/** What a socket does with one peer. */
export interface Peer extends Handlers {
  /** The connection has ended. */
  left?(): void;
}

/** Accepts connections for a server socket. */
export class Acceptor implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #listener: Deno.Listener;
  readonly #type: SocketType;
  readonly #join: (connection: Connection) => Peer;
  readonly #options: ServerOptions;
  /** Everything accepted, from before its handshake until its end. */
  readonly #conns = new Map<Deno.Conn, Promise<void>>();
  readonly #connections = new Set<Connection>();
  #accepting: Promise<void> | undefined;
  #closed = false;

  private constructor(
    listening: { listener: Deno.Listener; endpoint: Endpoint },
    options: ServerOptions & { type: SocketType; join(connection: Connection): Peer },
  ) {
    this.#listener = listening.listener;
    this.endpoint = listening.endpoint;
    this.#type = options.type;
    this.#join = options.join;
    this.#options = options;
  }

  /**
   * Listens on `endpoint`. `join` is called once for each peer that has shaken hands.
   *
   * @throws {ZmtpError} `address` when the endpoint is taken or cannot be listened on.
   */
  static async listen(
    endpoint: Endpoint,
    options: ServerOptions & { type: SocketType; join(connection: Connection): Peer },
  ): Promise<Acceptor> {
    const acceptor = new Acceptor(await listen(endpoint), options);
    acceptor.#accepting = acceptor.#accept();
    return acceptor;
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      try {
        const conn = await this.#listener.accept();
        if (this.#conns.size >= MAX_CONNECTIONS) conn.close();
        else this.#conns.set(conn, this.#serve(conn).finally(() => this.#conns.delete(conn)));
      } catch {
        if (this.#closed) return;
        await pause(ACCEPT_RETRY_MS);
      }
    }
  }

  async #serve(conn: Deno.Conn): Promise<void> {
    const { limits } = this.#options;
    let connection: Connection;
    try {
      connection = await Connection.open(conn, { type: this.#type, ...(limits && { limits }) });
    } catch (error) {
      this.#report(error as ZmtpError);
      return;
    }
    log.debug(() => `${formatEndpoint(this.endpoint)}: a peer is connected`);
    this.#connections.add(connection);
    const peer = this.#join(connection);
    const reason = await connection.run(peer);
    this.#connections.delete(connection);
    peer.left?.();
    this.#report(reason);
  }

  #report(error: ZmtpError): void {
    log.debug(() => `${formatEndpoint(this.endpoint)}: a peer is gone: ${error.message}`);
    if (error.code !== "gone" && error.code !== "closed") this.#options.onError?.(error);
  }

  /** Stops listening, lets peers take what was sent (for a second at most), and closes all. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    await this.#accepting;
    await within(LINGER_MS, Promise.all(Array.from(this.#connections, (one) => one.sent())));
    for (const connection of this.#connections) connection.close();
    for (const conn of this.#conns.keys()) closeQuietly(conn);
    await Promise.all(this.#conns.values());
    if (this.endpoint.transport === "ipc") {
      await Deno.remove(this.endpoint.path).catch(() => {});
    }
  }
}
