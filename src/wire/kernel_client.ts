/** A Jupyter client: drives a kernel over its sockets, our own or another one. */

import { encode } from "@/base/bytes.ts";
import { abortable, pause, withDeadline } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Message } from "./codec.ts";
import { type Channel, channelEndpoint, type ConnectionInfo } from "./connection_file.ts";
import { DealerSocket } from "./dealer.ts";
import { ZmtpError } from "./errors.ts";
import {
  deserialize,
  HeaderMaker,
  type Json,
  type JupyterMessage,
  type ReceivedMessage,
  serialize,
  Signer,
} from "./jupyter_message.ts";
import { SubSocket } from "./sub.ts";

/** How long a kernel may take to start, in milliseconds, where nothing else is said. */
const START_MS = 60_000;

/** How long one attempt of several waits for its answer, in milliseconds. */
const ATTEMPT_MS = 1_000;

/**
 * How long an idle status may be behind its reply, in milliseconds, before somebody looks for it. A
 * PUB socket drops what its subscriber has no room for (zmq_socket(3)), a status as anything else.
 */
const IDLE_MS = 1_000;

/** So many requests that are over are still listened to. */
const MAX_LATE = 32;

/** What a kernel asks the person at a client. */
export interface Question {
  readonly prompt: string;
  /** What is typed is not shown. */
  readonly password: boolean;
  /** Aborts when no answer is wanted any more. */
  readonly signal: AbortSignal;
}

/** What one request may be told. */
export interface RequestOptions {
  /** Takes what the kernel publishes on behalf of this request, in order, without status. */
  readonly onPublish?: (message: JupyterMessage) => void | Promise<void>;
  /**
   * Answers what the kernel asks on behalf of this request; an `IotError` that it throws is what
   * the program is told. Without it, cells are run without leave to ask.
   */
  readonly onInput?: ((question: Question) => Promise<string>) | undefined;
  /** Stops waiting, with the signal's reason. The kernel goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Whether `onPublish` takes what comes when the request is over, too, as from a thread it began. */
  readonly staysTuned?: boolean;
  /**
   * The message's id, where others know the request by one, as widgets do that capture its output; a
   * new one where nothing is said, or while another request is known by it.
   */
  readonly id?: string | undefined;
}

/** What {@linkcode KernelClient.execute} may be told. */
export interface ExecuteOptions extends RequestOptions {
  /** Neither shown nor kept in the history. */
  readonly silent?: boolean;
  /** Evaluated after the cell, when it goes well. */
  readonly userExpressions?: Readonly<Record<string, string>>;
  /** Whether requests that wait are aborted when it fails; they are where nothing is said. */
  readonly stopOnError?: boolean;
}

/** A message to send, and where. */
interface Outgoing {
  readonly channel: "shell" | "control";
  readonly type: string;
  readonly content: Json;
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
  /** Whether a reply will come; one does where nothing is said. */
  readonly hasReply?: boolean;
}

/** A request that has been sent: it is over when the reply and the idle status have come. */
interface Pending {
  readonly onPublish: RequestOptions["onPublish"];
  readonly onInput: RequestOptions["onInput"];
  /** Aborts when it is over. */
  readonly over: AbortController;
  readonly done: PromiseWithResolvers<JupyterMessage | undefined>;
  readonly hasReply: boolean;
  reply?: JupyterMessage;
  idle?: boolean;
}

/** A connection to one kernel. */
export class KernelClient implements AsyncDisposable {
  readonly #signer: Signer;
  readonly #headers = new HeaderMaker();
  readonly #resources = new AsyncDisposableStack();
  readonly #pending = new Map<string, Pending>();
  readonly #late = new Map<string, Pending>();
  /** Counts what was published, to tell whether more comes. */
  #heard = 0;
  readonly #reading: Promise<void>[] = [];
  #losses = 0;
  #shell!: DealerSocket;
  #control!: DealerSocket;
  #stdin!: DealerSocket;
  #iopub!: SubSocket;
  #info!: Json;

  private constructor(connection: ConnectionInfo) {
    this.#signer = new Signer(connection.key, connection.signatureScheme);
  }

  /**
   * Connects to a kernel, waiting until it answers on shell and iopub.
   *
   * @throws {ZmtpError} `timeout` when it does not within `timeoutMs`.
   * @throws the signal's reason when it aborts.
   */
  static async connect(
    connection: ConnectionInfo,
    options: { timeoutMs?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<KernelClient> {
    const client = new KernelClient(connection);
    const { timeoutMs = START_MS, signal } = options;
    try {
      await client.#connect(connection, { timeoutMs, signal });
      await client.#ready({ timeoutMs, signal });
      return client;
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * How often the connection for what the kernel publishes was lost, as by a message that is too
   * long: something of what was on its way is missing.
   */
  get losses(): number {
    return this.#losses;
  }

  /** Takes what was published on behalf of none of our requests. */
  onStray: ((message: JupyterMessage) => void) | undefined;

  /** What the kernel said about itself when it was ready: content of a `kernel_info_reply`. */
  get info(): Json {
    return this.#info;
  }

  /** Runs a cell; the content of its `execute_reply`. */
  async execute(code: string, options: ExecuteOptions = {}): Promise<Json> {
    const { silent = false, userExpressions = {}, stopOnError = true } = options;
    const content = {
      code,
      silent,
      store_history: !silent,
      user_expressions: userExpressions,
      allow_stdin: options.onInput !== undefined,
      stop_on_error: stopOnError,
    };
    return (await this.request("execute_request", content, options)).content;
  }

  /** Sends a message that has no reply by shell, and resolves when the kernel has dealt with it. */
  async post(
    message: Pick<Outgoing, "type" | "content" | "metadata" | "buffers">,
    options: RequestOptions = {},
  ): Promise<void> {
    await this.#request({ channel: "shell", ...message, hasReply: false }, options);
  }

  /** Interrupts the cell that runs. */
  async interrupt(options: RequestOptions = {}): Promise<void> {
    await this.#request({ channel: "control", type: "interrupt_request", content: {} }, options);
  }

  /** Asks the kernel to end. */
  async shutdown(options: RequestOptions = {}): Promise<void> {
    const content = { restart: false };
    await this.#request({ channel: "control", type: "shutdown_request", content }, options);
  }

  /**
   * Sends a request by shell and resolves with its reply once the kernel is idle again: by then
   * everything that it published has been handed to `onPublish`.
   *
   * @throws {IotError} when the client is closed, and the signal's reason when it aborts.
   */
  async request(
    type: string,
    content: Json,
    options: RequestOptions = {},
  ): Promise<JupyterMessage> {
    return (await this.#request({ channel: "shell", type, content }, options))!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
    await Promise.all(this.#reading);
    for (const { done } of this.#pending.values()) done.reject(closed());
    this.#pending.clear();
  }

  async #connect(
    connection: ConnectionInfo,
    options: { timeoutMs: number; signal: AbortSignal | undefined },
  ): Promise<void> {
    const at = (channel: Channel) => channelEndpoint(connection, channel);
    // One identity for all sockets: kernels route input requests by that of shell.
    const named = { ...options, identity: encode(this.#headers.session) };
    const onLoss = () => void this.#losses++;
    this.#iopub = this.#resources.use(await SubSocket.connect(at("iopub"), { ...options, onLoss }));
    this.#shell = this.#resources.use(await DealerSocket.connect(at("shell"), named));
    this.#control = this.#resources.use(await DealerSocket.connect(at("control"), named));
    this.#stdin = this.#resources.use(await DealerSocket.connect(at("stdin"), named));
    this.#reading.push(
      this.#read(this.#iopub, (message) => this.#published(message)),
      this.#read(this.#shell, (message) => this.#replied(message)),
      this.#read(this.#control, (message) => this.#replied(message)),
      this.#read(this.#stdin, (message) => void this.#asked(message)),
    );
  }

  /** A request whose idle status arrives shows that the subscription stands. */
  async #ready(options: { timeoutMs: number; signal: AbortSignal | undefined }): Promise<void> {
    const deadline = performance.now() + options.timeoutMs;
    const ask = (signal: AbortSignal) => this.request("kernel_info_request", {}, { signal });
    for (;;) {
      const attemptMs = Math.min(deadline - performance.now(), ATTEMPT_MS);
      const error = new ZmtpError("timeout", "The kernel does not answer.");
      try {
        this.#info = (await withDeadline(attemptMs, ask, {
          ...options,
          error: () => error,
        })).content;
        return;
      } catch (reason) {
        if (reason !== error || performance.now() >= deadline) throw reason;
      }
    }
  }

  async #request(
    outgoing: Outgoing,
    options: RequestOptions,
  ): Promise<JupyterMessage | undefined> {
    const { channel, type, content, metadata = {}, buffers = [], hasReply = true } = outgoing;
    const { signal, onPublish, onInput, staysTuned = false, id } = options;
    signal?.throwIfAborted();
    const made = this.#headers.make(type);
    const isFree = id !== undefined && !this.#pending.has(id);
    const header = isFree ? { ...made, msg_id: id } : made;
    const message = { header, parentHeader: {}, metadata, content, buffers };
    const over = new AbortController();
    const pending: Pending = { onPublish, onInput, over, hasReply, done: Promise.withResolvers() };
    this.#pending.set(header.msg_id, pending);
    try {
      const socket = channel === "shell" ? this.#shell : this.#control;
      socket.send(serialize(message, { signer: this.#signer }));
      if (!hasReply) void this.#awaitIdle(pending);
      return await abortable(pending.done.promise, signal);
    } finally {
      over.abort(closed());
      this.#pending.delete(header.msg_id);
      if (staysTuned) this.#stayTuned(header.msg_id, pending);
    }
  }

  #stayTuned(id: string, pending: Pending): void {
    this.#late.set(id, pending);
    if (this.#late.size > MAX_LATE) this.#late.delete(this.#late.keys().next().value!);
  }

  /**
   * Settles a request whose reply has come, or that has none, and whose idle status was dropped on
   * the way: a kernel takes what comes by shell in order.
   */
  async #awaitIdle(pending: Pending): Promise<void> {
    const { signal } = pending.over;
    while (!signal.aborted) {
      const heard = this.#heard;
      await pause(IDLE_MS, signal);
      // As long as something comes, it may be on its way.
      if (signal.aborted || heard !== this.#heard) continue;
      try {
        await withDeadline(
          IDLE_MS,
          (either) => this.request("kernel_info_request", {}, { signal: either }),
          {
            signal,
            error: () => new ZmtpError("timeout", "The kernel does not answer."),
          },
        );
        pending.idle = true; // what was published before this answer has come, or never will
        settle(pending);
      } catch (error) {
        if (!(error instanceof ZmtpError)) return;
      }
    }
  }

  async #read(
    socket: { receive(): Promise<Message> },
    take: (message: ReceivedMessage) => void | Promise<void>,
  ): Promise<void> {
    for (;;) {
      try {
        const frames = await socket.receive();
        await take(deserialize(frames, this.#signer));
      } catch (error) {
        if (error instanceof ZmtpError && error.code === "closed") return;
        // A message that cannot be read belongs to nobody; the next one may be good.
        if (!(error instanceof IotError)) throw error;
      }
    }
  }

  #replied(message: ReceivedMessage): void {
    const pending = this.#pendingOf(message);
    if (pending === undefined) return;
    pending.reply = message;
    settle(pending);
    if (!pending.idle) void this.#awaitIdle(pending);
  }

  async #published(message: ReceivedMessage): Promise<void> {
    this.#heard++;
    const pending = this.#pendingOf(message);
    if (message.header.msg_type !== "status") {
      const { onPublish, done } = pending ?? this.#lateOf(message) ?? { onPublish: this.onStray };
      try {
        await onPublish?.(message);
      } catch (error) {
        done?.reject(error);
      }
    } else if (pending !== undefined && message.content.execution_state === "idle") {
      pending.idle = true;
      settle(pending);
    }
  }

  /** Answers an `input_request`, or says why there is no answer. Never rejects. */
  async #asked(message: ReceivedMessage): Promise<void> {
    const pending = this.#pendingOf(message);
    if (pending?.onInput === undefined || message.header.msg_type !== "input_request") return;
    const { prompt, password } = message.content;
    const { signal } = pending.over;
    let content: Json;
    try {
      const asked = { prompt: String(prompt ?? ""), password: password === true, signal };
      content = { status: "ok", value: await pending.onInput(asked) };
    } catch (error) {
      if (signal.aborted) return;
      // What is no user's doing fails the request, as a defect in `onPublish` does.
      if (!(error instanceof IotError)) pending.done.reject(error);
      const { name, message } = error as Error;
      content = { status: "error", ename: name, evalue: message, traceback: [] };
    }
    const header = this.#headers.make("input_reply");
    const parentHeader = message.header;
    const reply = { header, parentHeader, metadata: {}, content, buffers: [] };
    this.#stdin.send(serialize(reply, { signer: this.#signer }));
  }

  #lateOf({ parentHeader }: ReceivedMessage): Pending | undefined {
    return this.#late.get(String(parentHeader.msg_id));
  }

  #pendingOf({ parentHeader }: ReceivedMessage): Pending | undefined {
    return typeof parentHeader.msg_id === "string"
      ? this.#pending.get(parentHeader.msg_id)
      : undefined;
  }
}

function settle({ hasReply, reply, idle, done }: Pending): void {
  if ((reply !== undefined || !hasReply) && idle === true) done.resolve(reply);
}

function closed(): IotError {
  return new ZmtpError("closed", "The connection to the kernel is closed.");
}
