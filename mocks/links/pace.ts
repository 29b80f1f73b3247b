/** One direction of a line: bytes arrive later than they were sent, and no faster than its speed. */

/** How many bytes may be under way on a line without a speed before the sender has to wait. */
const UNDER_WAY_BYTES = 65_536;
/** ESP32 Technical Reference Manual, "UART Controller": the transmit FIFO has 128 bytes. */
const FIFO_BYTES = 128;
/** A fast line holds more, as timers could not keep it busy otherwise: what it sends meanwhile. */
const FIFO_MS = 8;
/** How much of a line's time is handed on at once; timers are no finer than this. */
const PIECE_MS = 2;
/** Start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;

/** How many bytes a sender can be ahead of a line of `baud` bits a second, before it must wait. */
export function fifoBytes(baud: number): number {
  return Math.max(FIFO_BYTES, Math.ceil(FIFO_MS * baud / (BITS_PER_BYTE * 1000)));
}

/** Delays bytes and keeps their order. */
export class Pace {
  readonly #limitBytes: number;
  readonly #latencyMs: number;
  readonly #byteMs: number;
  readonly #deliver: (data: Uint8Array) => Promise<void>;
  readonly #queue: { data: Uint8Array; sentMs: number }[] = [];
  #underWay = 0;
  #freeAtMs = 0;
  #running: Promise<void> | undefined;
  #woken: (() => void) | undefined;
  #welcome: (() => void)[] = [];
  #closed = false;

  constructor(
    options: { latencyMs?: number; baud?: number },
    deliver: (data: Uint8Array) => Promise<void>,
  ) {
    this.#latencyMs = options.latencyMs ?? 0;
    this.#byteMs = options.baud === undefined ? 0 : BITS_PER_BYTE * 1000 / options.baud;
    // What has left the sender and is delayed is not what it waits for.
    this.#limitBytes = options.baud === undefined
      ? UNDER_WAY_BYTES
      : fifoBytes(options.baud) + Math.ceil(this.#latencyMs / this.#byteMs);
    this.#deliver = deliver;
  }

  /** Sends `data`. Resolves when more is welcome. */
  push(data: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#latencyMs === 0 && this.#byteMs === 0) return this.#deliver(data);
    this.#queue.push({ data, sentMs: performance.now() });
    this.#underWay += data.length;
    this.#running ??= this.#run();
    if (this.#underWay < this.#limitBytes) return Promise.resolve();
    return new Promise((resolve) => this.#welcome.push(resolve));
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    await this.#running;
  }

  /** Drops what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#woken?.();
    this.#welcomeAll();
    await this.#running;
  }

  async #run(): Promise<void> {
    const pieceBytes = this.#byteMs === 0 ? Infinity : Math.ceil(PIECE_MS / this.#byteMs);
    for (let next = this.#queue.shift(); next && !this.#closed; next = this.#queue.shift()) {
      this.#freeAtMs = Math.max(this.#freeAtMs, next.sentMs);
      for (let from = 0; from < next.data.length && !this.#closed; from += pieceBytes) {
        const piece = next.data.subarray(from, from + pieceBytes);
        this.#freeAtMs += piece.length * this.#byteMs;
        await this.#sleepUntil(this.#freeAtMs + this.#latencyMs);
        if (!this.#closed) await this.#deliver(piece);
        this.#underWay -= piece.length;
        if (this.#underWay < this.#limitBytes) this.#welcomeAll();
      }
    }
    this.#running = undefined;
  }

  #welcomeAll(): void {
    const welcome = this.#welcome;
    this.#welcome = [];
    for (const resolve of welcome) resolve();
  }

  async #sleepUntil(timeMs: number): Promise<void> {
    for (;;) {
      const leftMs = timeMs - performance.now();
      if (leftMs <= 0 || this.#closed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#woken = resolve;
      // Timers count whole milliseconds and round down.
      const timer = setTimeout(resolve, Math.ceil(leftMs));
      await promise;
      clearTimeout(timer);
      this.#woken = undefined;
    }
  }
}
