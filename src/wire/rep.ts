/** REP: answers each request of each peer, in order. */

import { Acceptor, type Peer, type ServerOptions } from "./acceptor.ts";
import { encodeMessage, type Message } from "./codec.ts";
import type { Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";
import { ZmtpError } from "./errors.ts";

/** What a REP socket answers. */
export interface RepOptions extends ServerOptions {
  /** Makes the reply to a request. */
  reply(request: Message): Message | Promise<Message>;
}

/** A listening socket that sends one reply for each request. */
export class RepSocket implements AsyncDisposable {
  readonly #acceptor: Acceptor;

  private constructor(acceptor: Acceptor) {
    this.#acceptor = acceptor;
  }

  /** Listens on `endpoint`. @throws {ZmtpError} `address` when that is not possible. */
  static async bind(endpoint: Endpoint, options: RepOptions): Promise<RepSocket> {
    const join = (connection: Connection) => serve(connection, options.reply);
    return new RepSocket(await Acceptor.listen(endpoint, { ...options, type: "REP", join }));
  }

  /** Where it listens, with the port that was chosen. */
  get endpoint(): Endpoint {
    return this.#acceptor.endpoint;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#acceptor[Symbol.asyncDispose]();
  }
}

/**
 * The envelope, everything up to and with the first empty frame, goes back as it came: it is a
 * lone delimiter from a REQ, and an address as well when a proxy stands between.
 */
function serve(connection: Connection, reply: RepOptions["reply"]): Peer {
  return {
    async message(message) {
      const delimiter = message.findIndex((frame) => frame.length === 0);
      if (delimiter < 0) throw new ZmtpError("frame", "A request came without its delimiter.");
      const answer = await reply(message.slice(delimiter + 1));
      connection.send(encodeMessage([...message.slice(0, delimiter + 1), ...answer]));
    },
  };
}
