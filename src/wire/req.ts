/** REQ: one request, one reply, in turn. */

import { encodeMessage, type Message } from "./codec.ts";
import { type ClientOptions, Connector } from "./connector.ts";
import type { Endpoint } from "./endpoint.ts";
import { ZmtpError } from "./errors.ts";
import { Inbox, type ReceiveOptions } from "./inbox.ts";

/** RFC 28, "REQ": an empty frame stands before every request and reply. */
const DELIMITER = new Uint8Array();

/** A connecting socket for a REP or ROUTER. */
export class ReqSocket implements AsyncDisposable {
  readonly #connector: Connector;
  readonly #inbox: Inbox;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(connector: Connector, inbox: Inbox) {
    this.#connector = connector;
    this.#inbox = inbox;
  }

  /** Connects to `endpoint`. @throws {ZmtpError} `timeout`; the signal's reason when it aborts. */
  static async connect(endpoint: Endpoint, options: ClientOptions = {}): Promise<ReqSocket> {
    const inbox = new Inbox();
    const connector = await Connector.connect(endpoint, {
      ...options,
      type: "REQ",
      join: () => ({ message: (message) => inbox.put(message) }),
    });
    return new ReqSocket(connector, inbox);
  }

  /**
   * Sends `message` and returns the reply. Requests made at the same time are sent one after the
   * other. When one is given up, its connection goes with it: a late reply must not be taken for
   * that of the next.
   *
   * @throws {ZmtpError} `timeout` or `closed`; the signal's reason when it aborts.
   */
  request(message: Message, options: ReceiveOptions = {}): Promise<Message> {
    const reply = this.#turn.then(() => this.#exchange(message, options));
    this.#turn = reply.catch(() => {});
    return reply;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#inbox.close(new ZmtpError("closed", "The socket is closed."));
    await this.#connector[Symbol.asyncDispose]();
  }

  async #exchange(message: Message, options: ReceiveOptions): Promise<Message> {
    options.signal?.throwIfAborted();
    this.#connector.send(encodeMessage([DELIMITER, ...message]));
    try {
      const reply = await this.#inbox.take(options);
      return reply.slice(1);
    } catch (error) {
      this.#connector.reconnect();
      this.#inbox.clear();
      throw error;
    }
  }
}
