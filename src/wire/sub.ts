/** SUB: receives what a publisher sends under the topics subscribed to. */

import { encodeMessage, type Message } from "./codec.ts";
import { type ClientOptions, Connector } from "./connector.ts";
import type { Endpoint } from "./endpoint.ts";
import { ZmtpError } from "./errors.ts";
import { Inbox, type ReceiveOptions } from "./inbox.ts";

/** A connecting socket for a PUB or XPUB. */
export class SubSocket implements AsyncDisposable {
  readonly #connector: Connector;
  readonly #inbox: Inbox;

  private constructor(connector: Connector, inbox: Inbox) {
    this.#connector = connector;
    this.#inbox = inbox;
  }

  /**
   * Connects to `endpoint` and subscribes to `topics`, prefixes of a message's first frame; to
   * everything where none are given. After a loss it subscribes again.
   *
   * @throws {ZmtpError} `timeout` when no server answers; the signal's reason when it aborts.
   */
  static async connect(
    endpoint: Endpoint,
    options: ClientOptions & { topics?: readonly string[] } = {},
  ): Promise<SubSocket> {
    const { topics = [""] } = options;
    const inbox = new Inbox();
    const connector = await Connector.connect(endpoint, {
      ...options,
      type: "SUB",
      join(connection) {
        for (const topic of topics) {
          connection.send(encodeMessage([new TextEncoder().encode(`\x01${topic}`)]));
        }
        return { message: (message) => inbox.put(message) };
      },
    });
    return new SubSocket(connector, inbox);
  }

  /** The next message. @throws {ZmtpError} `timeout` or `closed`; the signal's reason. */
  receive(options: ReceiveOptions = {}): Promise<Message> {
    return this.#inbox.take(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#inbox.close(new ZmtpError("closed", "The socket is closed."));
    await this.#connector[Symbol.asyncDispose]();
  }
}
