/** What the servers of this folder share: writing all of something, closing once, reading by lines. */

/** The one address that simulated boards listen on. */
export const HOST = "127.0.0.1";
const READ_BYTES = 4096;

/** Closes `conn`; one that is closed already stays closed. */
export function closeConn(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Closed already.
  }
}

/** A connection that is read piece by piece, and written in order. */
export class BufferedConn {
  readonly conn: Deno.TcpConn;
  readonly #chunk = new Uint8Array(READ_BYTES);
  #buffer: Uint8Array = new Uint8Array(0);
  #ended = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(conn: Deno.TcpConn) {
    this.conn = conn;
    conn.setNoDelay();
  }

  /** `('127.0.0.1', 50123)`, as Python prints it. */
  get peer(): string {
    const { hostname, port } = this.conn.remoteAddr;
    return `('${hostname}', ${port})`;
  }

  /** Up to `limit` bytes that have arrived; `undefined` when none have, `null` at the end. */
  take(limit: number): Uint8Array | undefined | null {
    if (this.#buffer.length === 0) return this.#ended ? null : undefined;
    const taken = this.#buffer.slice(0, limit);
    this.#buffer = this.#buffer.subarray(taken.length);
    return taken;
  }

  /** Waits until something arrives. Returns false at the end; a broken line is one, too. */
  async more(): Promise<boolean> {
    if (this.#ended) return false;
    const count = await this.conn.read(this.#chunk).catch(() => null);
    if (count === null) {
      this.#ended = true;
      return false;
    }
    const joined = new Uint8Array(this.#buffer.length + count);
    joined.set(this.#buffer);
    joined.set(this.#chunk.subarray(0, count), this.#buffer.length);
    this.#buffer = joined;
    return true;
  }

  /** Exactly `count` bytes; fewer only at the end. */
  async exactly(count: number): Promise<Uint8Array> {
    while (this.#buffer.length < count && await this.more());
    return this.take(count) ?? new Uint8Array(0);
  }

  /** The next line with its line feed, one character a byte; what is left at the end. */
  async line(limit = Infinity): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf(0x0a);
      if (end >= 0 || this.#buffer.length >= limit || !await this.more()) {
        const taken = this.take(end >= 0 ? end + 1 : Math.min(this.#buffer.length, limit));
        return String.fromCharCode(...(taken ?? []));
      }
    }
  }

  /** Sends behind what is being sent. What a client that went away does not take is lost. */
  send(data: Uint8Array): Promise<void> {
    return this.#writing = this.#writing.then(async () => {
      try {
        for (let at = 0; at < data.length;) at += await this.conn.write(data.subarray(at));
      } catch {
        // It went away in the middle.
      }
    });
  }

  /** {@linkcode send} for text, one byte a character. */
  sendText(text: string): Promise<void> {
    return this.send(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  }

  close(): void {
    closeConn(this.conn);
  }
}
