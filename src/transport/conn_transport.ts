/** Bytes over a network connection of Deno's. */

import { type StreamOptions, StreamTransport, type WaitOptions } from "./stream_transport.ts";
import { TransportError } from "./transport.ts";

const READ_BYTES = 65_536;

/** A transport over a stream connection. */
export class ConnTransport extends StreamTransport {
  readonly #conn: Deno.Conn;
  readonly #buffer = new Uint8Array(READ_BYTES);
  /**
   * A read of a connection cannot be taken back: one whose caller gave up goes on, and what it
   * brings waits here for the next caller.
   */
  #receiving = false;
  #arrived: { bytes: Uint8Array } | { error: TransportError } | undefined;
  #notify: (() => void) | undefined;

  /** Takes over `conn`. */
  constructor(conn: Deno.Conn, options: StreamOptions) {
    super(options);
    this.#conn = conn;
  }

  protected async receive({ signal }: { signal: AbortSignal | undefined }): Promise<Uint8Array> {
    if (this.#arrived === undefined) {
      if (!this.#receiving) void this.#receiveOnce();
      await this.wait<void>(({ done }) => {
        this.#notify = done;
        return () => this.#notify = undefined;
      }, { signal });
    }
    const arrived = this.#arrived!;
    // A connection that has failed does so for good.
    if ("error" in arrived) throw arrived.error;
    this.#arrived = undefined;
    return arrived.bytes;
  }

  protected send(data: Uint8Array, { withinMs }: WaitOptions): Promise<number> {
    return this.wait<number>(({ done, failed }) => {
      this.#conn.write(data).then(done, (error) => failed(this.#failure(error)));
      return () => {};
    }, { withinMs });
  }

  protected release(): Promise<void> {
    this.#conn.close();
    return Promise.resolve();
  }

  async #receiveOnce(): Promise<void> {
    this.#receiving = true;
    try {
      const count = await this.#conn.read(this.#buffer);
      this.#arrived = count === null
        ? { error: this.#failure() }
        : { bytes: this.#buffer.slice(0, count) };
    } catch (error) {
      this.#arrived = { error: this.#failure(error as Error) };
    } finally {
      this.#receiving = false;
      this.#notify?.();
    }
  }

  #failure(cause?: Error): TransportError {
    if (this.closed) return this.closedError();
    return new TransportError(
      "gone",
      this.address,
      `${this.address} went away: the other side closed the connection` +
        `${cause === undefined ? "" : ` (${cause.message})`}. Connect again when it is back.`,
      { cause },
    );
  }
}
