/** The two ends of a line to a board. */

/** The world's end: what a program holds. */
export interface Link {
  /** The next bytes; `null` when the other side is gone. One read at a time. */
  read(): Promise<Uint8Array | null>;
  /** Resolves when the line has taken all of `data`. */
  write(data: Uint8Array): Promise<void>;
  /** Closes it; closing twice is harmless. */
  close(): Promise<void>;
}

/** The board's end: where its output goes. */
export interface Listener {
  /** Takes a piece of output. Resolves when more is welcome. */
  hear(data: Uint8Array): Promise<void>;
  /** The board is gone. */
  hangUp(): void;
}

/** How many bytes of output lie in a link that nobody reads before the board has to wait. */
const UNREAD_BYTES = 65_536;

/** A link within this process. */
export class DirectLink implements Link, Listener {
  readonly #onWrite: (data: Uint8Array) => Promise<void>;
  readonly #onClose: () => void;
  readonly #chunks: Uint8Array[] = [];
  #unread = 0;
  #ended = false;
  #reader: ((chunk: Uint8Array | null) => void) | undefined;
  #drained: (() => void) | undefined;

  constructor(ends: { write: (data: Uint8Array) => Promise<void>; close: () => void }) {
    this.#onWrite = ends.write;
    this.#onClose = ends.close;
  }

  read(): Promise<Uint8Array | null> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#unread -= chunk.length;
      if (this.#unread < UNREAD_BYTES) this.#release();
      return Promise.resolve(chunk);
    }
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => this.#reader = resolve);
  }

  async write(data: Uint8Array): Promise<void> {
    if (!this.#ended) await this.#onWrite(data);
  }

  close(): Promise<void> {
    if (!this.#ended) {
      this.hangUp();
      this.#onClose();
    }
    return Promise.resolve();
  }

  hear(data: Uint8Array): Promise<void> {
    if (this.#ended) return Promise.resolve();
    if (this.#reader !== undefined) {
      const reader = this.#reader;
      this.#reader = undefined;
      reader(data);
      return Promise.resolve();
    }
    this.#chunks.push(data);
    this.#unread += data.length;
    if (this.#unread < UNREAD_BYTES) return Promise.resolve();
    return new Promise((resolve) => this.#drained = resolve);
  }

  hangUp(): void {
    this.#ended = true;
    this.#release();
    this.#reader?.(null);
    this.#reader = undefined;
  }

  #release(): void {
    this.#drained?.();
    this.#drained = undefined;
  }
}
