/** ROUTER: many peers, each reached by its identity. */

import { Acceptor, type Peer, type ServerOptions } from "./acceptor.ts";
import { encodeMessage, type Message } from "./codec.ts";
import type { Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";

/** What a ROUTER does with what it receives. */
export interface RouterOptions extends ServerOptions {
  /** Takes a message. While the promise is pending, nothing more is read from that peer. */
  onMessage(identity: Uint8Array, message: Message): void | Promise<void>;
}

/** A listening socket that receives from all its peers and sends to one of them by identity. */
export class RouterSocket implements AsyncDisposable {
  #acceptor!: Acceptor;
  readonly #onMessage: RouterOptions["onMessage"];
  /** Peers by identity, its bytes written as Latin-1 characters. */
  readonly #peers = new Map<string, Connection>();
  #lastGenerated = 0;

  private constructor(options: RouterOptions) {
    this.#onMessage = options.onMessage;
  }

  /** Listens on `endpoint`. @throws {ZmtpError} `address` when that is not possible. */
  static async bind(endpoint: Endpoint, options: RouterOptions): Promise<RouterSocket> {
    const socket = new RouterSocket(options);
    socket.#acceptor = await Acceptor.listen(endpoint, {
      ...options,
      type: "ROUTER",
      join: (connection) => socket.#join(connection),
    });
    return socket;
  }

  /** Where it listens, with the port that was chosen. */
  get endpoint(): Endpoint {
    return this.#acceptor.endpoint;
  }

  /** Queues `message` for a peer; false when no peer of that identity is connected. */
  send(identity: Uint8Array, message: Message): boolean {
    const connection = this.#peers.get(keyOf(identity));
    connection?.send(encodeMessage(message));
    return connection !== undefined;
  }

  /** Whether a peer of that identity is connected now. */
  has(identity: Uint8Array): boolean {
    return this.#peers.has(keyOf(identity));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#acceptor[Symbol.asyncDispose]();
  }

  /**
   * A peer that comes back under its old identity takes it over, and the old connection is closed:
   * a client that lost its network would otherwise never hear from us again.
   */
  #join(connection: Connection): Peer {
    const identity = connection.identity.length > 0 ? connection.identity : this.#generate();
    const key = keyOf(identity);
    this.#peers.get(key)?.close("Another peer connected with the same identity.");
    this.#peers.set(key, connection);
    return {
      message: (message) => this.#onMessage(identity, message),
      left: () => {
        if (this.#peers.get(key) === connection) this.#peers.delete(key);
      },
    };
  }

  /** A zero and a counter, as libzmq makes them; no peer may choose a name with a leading zero. */
  #generate(): Uint8Array {
    const identity = new Uint8Array(5);
    new DataView(identity.buffer).setUint32(1, ++this.#lastGenerated);
    return identity;
  }
}

function keyOf(identity: Uint8Array): string {
  return String.fromCharCode(...identity);
}
