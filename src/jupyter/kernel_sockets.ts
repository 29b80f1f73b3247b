/** A kernel's five sockets, bound where its connection file says. */

import type { Message } from "@/wire/codec.ts";
import {
  type Channel,
  channelEndpoint,
  CHANNELS,
  type ConnectionInfo,
} from "@/wire/connection_file.ts";
import type { Endpoint } from "@/wire/endpoint.ts";
import {
  deserialize,
  type Header,
  HeaderMaker,
  type Json,
  MessageError,
  type ReceivedMessage,
  serialize,
  Signer,
} from "@/wire/jupyter_message.ts";
import { RepSocket } from "@/wire/rep.ts";
import { RouterSocket } from "@/wire/router.ts";
import { XPubSocket } from "@/wire/xpub.ts";
import { elisionNotice, Elisions } from "./elisions.ts";
import type { PublishOptions } from "./output.ts";

/** The sockets that requests come on and replies go out by. */
export type RequestChannel = "shell" | "control" | "stdin";

/** A message to be sent; the sockets add what all messages have. */
export interface Draft {
  readonly type: string;
  readonly content: Json;
  /** The header of the request that caused it. */
  readonly parent: Header | Json;
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
}

/** How a kernel speaks to its clients. */
export interface Wire {
  /** Sends `draft` to the client that `identities` name; the id that the message was given. */
  send(channel: RequestChannel, identities: readonly Uint8Array[], draft: Draft): string;
  /** Whether the client that `identities` name is connected on `channel` now. */
  reaches(channel: RequestChannel, identities: readonly Uint8Array[]): boolean;
  /**
   * Publishes `draft` to everyone. A droppable one, with output as its `text`, may be left out for a
   * client that does not keep up; that one is told before anything else of the same request.
   */
  publish(draft: Draft, options?: PublishOptions): void;
  /** Resolves when the fastest client has caught up with what was published. */
  room(): Promise<void>;
}

/** Takes a message whose signature is good. */
export type Receiver = (channel: RequestChannel, message: ReceivedMessage) => void;

/** What {@linkcode KernelSockets.bind} is told. */
export interface KernelSocketsOptions {
  /** Takes one line about a peer that was sent away or a message that was not taken. */
  log(line: string): void;
}

const encoder = new TextEncoder();

/** The sockets themselves. */
export class KernelSockets implements Wire, AsyncDisposable {
  readonly #options: KernelSocketsOptions;
  readonly #signer: Signer;
  readonly #headers = new HeaderMaker({ username: "kernel" });
  readonly #resources = new AsyncDisposableStack();
  readonly #routers = {} as Record<RequestChannel, RouterSocket>;
  readonly #elisions = new Elisions();
  #iopub!: XPubSocket;
  #connection: ConnectionInfo;
  #receiver: Receiver | undefined;
  /** Until there is a receiver, nothing is read from clients. */
  readonly #served = Promise.withResolvers<void>();

  private constructor(connection: ConnectionInfo, options: KernelSocketsOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#signer = new Signer(connection.key, connection.signatureScheme);
  }

  /**
   * Binds all five. Ports that are 0 are chosen.
   *
   * @throws {ZmtpError} `address` when one is taken.
   * @throws {MessageError} `malformed` for a signature scheme that is not known.
   */
  static async bind(
    connection: ConnectionInfo,
    options: KernelSocketsOptions,
  ): Promise<KernelSockets> {
    const sockets = new KernelSockets(numberIpc(connection), options);
    try {
      await sockets.#bind();
    } catch (error) {
      await sockets[Symbol.asyncDispose]();
      throw error;
    }
    return sockets;
  }

  /** Hands messages to `receiver` from now on. */
  serve(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#served.resolve();
  }

  /** The connection with the ports that were chosen. */
  get connection(): ConnectionInfo {
    return this.#connection;
  }

  send(channel: RequestChannel, identities: readonly Uint8Array[], draft: Draft): string {
    const [identity, ...prefix] = identities;
    const header = this.#headers.make(draft.type);
    // Nothing stands before the delimiter when a peer has chosen that for its name.
    if (identity !== undefined) {
      this.#routers[channel].send(identity, this.#frames(draft, prefix, header));
    }
    return header.msg_id;
  }

  reaches(channel: RequestChannel, [identity]: readonly Uint8Array[]): boolean {
    return identity !== undefined && this.#routers[channel].has(identity);
  }

  publish(draft: Draft, options: PublishOptions = {}): void {
    const parent = String(draft.parent.msg_id ?? "");
    this.#iopub.publish(this.#frames(draft, [this.#topic(draft)]), {
      ...options,
      onDrop: (subscriber) => {
        const bytes = encoder.encode(String(draft.content.text ?? "")).length;
        this.#elisions.add(subscriber, { parent, bytes });
      },
      onSend: (subscriber) => {
        const bytes = this.#elisions.take(subscriber, parent);
        if (bytes === 0) return;
        const notice = { type: "stream", content: elisionNotice(bytes), parent: draft.parent };
        subscriber.send(this.#frames(notice, [this.#topic(notice)]));
      },
    });
  }

  async room(): Promise<void> {
    await this.#iopub.room();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#served.resolve();
    await this.#resources.disposeAsync();
  }

  async #bind(): Promise<void> {
    const { log } = this.#options;
    const onError = (channel: Channel) => ({
      onError: (error: Error) => log(`${channel}: ${error.message}`),
    });
    for (const channel of ["shell", "control", "stdin"] as const) {
      this.#routers[channel] = await this.#keep(
        channel,
        (endpoint) =>
          RouterSocket.bind(endpoint, {
            ...onError(channel),
            onMessage: (identity, frames) => this.#receive(channel, [identity, ...frames]),
          }),
      );
    }
    this.#iopub = await this.#keep("iopub", (endpoint) =>
      XPubSocket.bind(endpoint, {
        ...onError("iopub"),
        onSubscribe: (topic, subscriber) => subscriber.send(this.#welcome(topic)),
      }));
    await this.#keep(
      "hb",
      (endpoint) => RepSocket.bind(endpoint, { ...onError("hb"), reply: (beat) => beat }),
    );
  }

  async #keep<Socket extends AsyncDisposable & { endpoint: Endpoint }>(
    channel: Channel,
    bind: (endpoint: Endpoint) => Promise<Socket>,
  ): Promise<Socket> {
    const socket = await bind(channelEndpoint(this.#connection, channel));
    this.#resources.use(socket);
    if (socket.endpoint.transport === "tcp") {
      const ports = { ...this.#connection.ports, [channel]: socket.endpoint.port };
      this.#connection = { ...this.#connection, ports };
    }
    return socket;
  }

  #receive(channel: RequestChannel, frames: Message): void | Promise<void> {
    if (this.#receiver !== undefined) this.#take(channel, frames, this.#receiver);
    else return this.#served.promise.then(() => this.#receiver && this.#receive(channel, frames));
  }

  #take(channel: RequestChannel, frames: Message, receiver: Receiver): void {
    let message: ReceivedMessage;
    try {
      message = deserialize(frames, this.#signer);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#options.log(`${channel}: ${error.message} It was ignored.`);
      return;
    }
    receiver(channel, message);
  }

  #frames(
    draft: Draft,
    prefix: readonly Uint8Array[],
    header: Header = this.#headers.make(draft.type),
  ): Message {
    const { content, parent: parentHeader, metadata = {}, buffers = [] } = draft;
    const message = { header, parentHeader, metadata, content, buffers };
    return serialize(message, { signer: this.#signer, prefix });
  }

  #topic({ type }: Draft): Uint8Array {
    return encoder.encode(`kernel.${this.#headers.session}.${type}`);
  }

  /** Tells a client that its subscription stands (Jupyter enhancement proposal 65). */
  #welcome(topic: Uint8Array): Message {
    const content = { subscription: new TextDecoder().decode(topic) };
    const draft = { type: "iopub_welcome", content, parent: {} };
    return this.#frames(draft, [this.#topic(draft)]);
  }
}

/** Over `ipc` nothing chooses a number for us: channels without one are counted. */
function numberIpc(connection: ConnectionInfo): ConnectionInfo {
  if (connection.transport !== "ipc") return connection;
  const ports = { ...connection.ports };
  CHANNELS.forEach((channel, index) => ports[channel] ||= index + 1);
  return { ...connection, ports };
}
