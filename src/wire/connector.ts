/** What every connecting socket does: wait for its server, shake hands, come back after a loss. */

import { abortable, pause, withDeadline, within } from "@/base/deadline.ts";
import type { SocketType } from "./codec.ts";
import { Connection, type Handlers, type Limits } from "./connection.ts";
import { closeQuietly, connect, type Endpoint, formatEndpoint } from "./endpoint.ts";
import { ZmtpError } from "./errors.ts";

/** The first attempts follow each other quickly: a kernel that starts is there in no time. */
const FIRST_RETRY_MS = 5;
const LAST_RETRY_MS = 250;

/** How much may wait for a server that is not there, in bytes. */
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;

/** How long closing waits for the server to take what was already sent, in milliseconds. */
const LINGER_MS = 1_000;

/** What may be chosen when a client socket connects. */
export interface ClientOptions {
  /** How long to wait for the server, in milliseconds; 10 s where nothing is said. */
  readonly timeoutMs?: number | undefined;
  /** Gives up connecting with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<Limits>;
  /** Told when a connection that stood is lost. The socket connects again by itself. */
  onLoss?(reason: ZmtpError): void;
}

/** Keeps one connection to a server. */
export class Connector implements AsyncDisposable {
  readonly #endpoint: Endpoint;
  readonly #options: ClientOptions & ConnectorHooks;
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #lastError: unknown;
  #connection: Connection | undefined;
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #running: Promise<void> | undefined;

  private constructor(endpoint: Endpoint, options: ClientOptions & ConnectorHooks) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /**
   * Connects to `endpoint`, waiting for a server that is not there yet.
   *
   * @throws {ZmtpError} `timeout` when none has shaken hands within `timeoutMs`.
   * @throws the signal's reason when it aborts.
   */
  static async connect(
    endpoint: Endpoint,
    options: ClientOptions & ConnectorHooks,
  ): Promise<Connector> {
    const { signal, timeoutMs = 10_000 } = options;
    signal?.throwIfAborted();
    const connector = new Connector(endpoint, options);
    connector.#running = connector.#run();
    try {
      await withDeadline(timeoutMs, (either) => abortable(connector.#first.promise, either), {
        signal,
        error: () => connector.#timeout(timeoutMs),
      });
      return connector;
    } catch (error) {
      await connector[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Sends now, or when the server is there again. @throws {ZmtpError} `limit`. */
  send(bytes: Uint8Array): void {
    if (this.#connection !== undefined) return this.#connection.send(bytes);
    if (this.#unsentBytes + bytes.length > MAX_UNSENT_BYTES) {
      throw new ZmtpError("limit", `Too much waits for ${formatEndpoint(this.#endpoint)}.`);
    }
    this.#unsent.push(bytes);
    this.#unsentBytes += bytes.length;
  }

  /** Drops the connection that stands; another one is made. */
  reconnect(): void {
    this.#connection?.close();
    // What is sent from now on is for the next one.
    this.#connection = undefined;
  }

  /** Lets the server take what was sent (for a second at most) and closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#connection !== undefined) await within(LINGER_MS, this.#connection.sent());
    this.#stop.abort();
    this.#connection?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; !this.#stop.signal.aborted;) {
      try {
        const connection = await this.#open();
        retryMs = FIRST_RETRY_MS;
        const reason = await this.#serve(connection);
        if (!this.#stop.signal.aborted) this.#options.onLoss?.(reason);
      } catch (error) {
        this.#lastError = error;
        await pause(retryMs, this.#stop.signal);
        retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
      }
    }
  }

  async #open(): Promise<Connection> {
    const conn = await connect(this.#endpoint);
    if (this.#stop.signal.aborted) {
      closeQuietly(conn);
      this.#stop.signal.throwIfAborted();
    }
    const onStop = () => closeQuietly(conn);
    this.#stop.signal.addEventListener("abort", onStop);
    try {
      const { type, identity, limits } = this.#options;
      return await Connection.open(conn, {
        type,
        ...(identity && { identity }),
        ...(limits && { limits }),
      });
    } finally {
      this.#stop.signal.removeEventListener("abort", onStop);
    }
  }

  async #serve(connection: Connection): Promise<ZmtpError> {
    this.#connection = connection;
    const handlers = this.#options.join(connection);
    for (const bytes of this.#unsent.splice(0)) connection.send(bytes);
    this.#unsentBytes = 0;
    this.#first.resolve();
    const reason = await connection.run(handlers);
    this.#connection = undefined;
    return reason;
  }

  #timeout(timeoutMs: number): ZmtpError {
    const last = this.#lastError instanceof Error ? ` Last: ${this.#lastError.message}` : "";
    return new ZmtpError(
      "timeout",
      `Nobody answered on ${formatEndpoint(this.#endpoint)} within ${timeoutMs} ms.${last}`,
      { cause: this.#lastError },
    );
  }
}

/** What the sockets built on it choose. */
export interface ConnectorHooks {
  readonly type: SocketType;
  readonly identity?: Uint8Array;
  /** Called for each connection, once it stands and before anything else is sent on it. */
  join(connection: Connection): Handlers;
}
