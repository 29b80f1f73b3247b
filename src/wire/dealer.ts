/** DEALER: sends to a server and receives from it, each whenever it likes. */

import { encodeMessage, type Message } from "./codec.ts";
import { type ClientOptions, Connector } from "./connector.ts";
import type { Endpoint } from "./endpoint.ts";
import { ZmtpError } from "./errors.ts";
import { Inbox, type ReceiveOptions } from "./inbox.ts";

/** A connecting socket for a ROUTER or REP. */
export class DealerSocket implements AsyncDisposable {
  readonly #connector: Connector;
  readonly #inbox: Inbox;

  private constructor(connector: Connector, inbox: Inbox) {
    this.#connector = connector;
    this.#inbox = inbox;
  }

  /**
   * Connects to `endpoint`. `identity` is the name a ROUTER knows us by, 1 to 255 bytes that do
   * not begin with a zero.
   *
   * @throws {ZmtpError} `timeout` when no server answers; the signal's reason when it aborts.
   */
  static async connect(
    endpoint: Endpoint,
    options: ClientOptions & { identity?: Uint8Array } = {},
  ): Promise<DealerSocket> {
    const inbox = new Inbox();
    const connector = await Connector.connect(endpoint, {
      ...options,
      type: "DEALER",
      join: () => ({ message: (message) => inbox.put(message) }),
    });
    return new DealerSocket(connector, inbox);
  }

  /** Queues `message`, also while the server is away. @throws {ZmtpError} `limit`. */
  send(message: Message): void {
    this.#connector.send(encodeMessage(message));
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
