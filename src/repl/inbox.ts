/** What comes from a board, with deadlines and a look ahead. */

import { Alarm } from "@/base/alarm.ts";
import { concat, indexOfBytes } from "@/base/bytes.ts";
import type { Transport } from "@/transport/transport.ts";

/** How much of the past is kept for error messages. */
const RECENT_BYTES = 256;
/** How much {@linkcode Inbox.until} keeps of what it passes over: a board may print for long. */
const MAX_PASSED_BYTES = 65_536;

/** How much {@linkcode Inbox.watch} reads ahead: a program may print from a timer for hours. */
const MAX_AHEAD_BYTES = 65_536;

/** How long to wait. */
export interface WaitOptions {
  /** Without it, for ever. */
  withinMs?: number | undefined;
  /** Gives up when it aborts, with its reason. */
  signal?: AbortSignal | undefined;
}

/** What {@linkcode Inbox.until} found. */
export interface Found {
  /** Index of the pattern that came first. */
  readonly which: number;
  /** The bytes before it, the last 64 KiB of them. */
  readonly before: Uint8Array;
}

/**
 * Reads a transport for the engine. A read that outlasts a deadline stays pending and the next
 * wait gets what it brings, so that no byte is lost.
 */
export class Inbox {
  readonly #transport: Transport;
  readonly #chunks: Uint8Array[] = [];
  #failure: { error: unknown } | undefined;
  #stop = new AbortController();
  #reading: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #notify: (() => void) | undefined;
  readonly #deadline = new Alarm();
  #recent: Uint8Array = new Uint8Array();
  #lastByteAt = -Infinity;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The last bytes that came. */
  get recent(): Uint8Array {
    return this.#recent;
  }

  /** When the last byte came, as `performance.now()` counts; -Infinity before the first. */
  get lastByteAt(): number {
    return this.#lastByteAt;
  }

  /**
   * The next chunk; undefined when none came in time, or {@linkcode wake} was called.
   *
   * @throws what the transport's `read` throws, or the signal's reason.
   */
  async next({ withinMs, signal }: WaitOptions = {}): Promise<Uint8Array | undefined> {
    signal?.throwIfAborted();
    const ahead = this.#chunks.shift();
    if (ahead !== undefined) return ahead;
    if (this.#failure === undefined) await this.#arrival({ withinMs, signal });
    signal?.throwIfAborted();
    const chunk = this.#chunks.shift();
    if (chunk === undefined && this.#failure !== undefined) throw this.#failure.error;
    return chunk;
  }

  /** Exactly `count` bytes; undefined, and they are lost, when they did not come in time. */
  async take(count: number, options: { withinMs: number }): Promise<Uint8Array | undefined> {
    const end = performance.now() + options.withinMs;
    let bytes: Uint8Array = new Uint8Array();
    while (bytes.length < count) {
      const chunk = await this.next({ withinMs: end - performance.now() });
      if (chunk !== undefined) bytes = concat([bytes, chunk]);
      else if (performance.now() >= end) return undefined;
    }
    this.unread(bytes.subarray(count));
    return bytes.subarray(0, count);
  }

  /**
   * Reads up to the end of whichever of `patterns` comes first; what follows stays to be read.
   * Undefined when none came in time; what did come then stays to be read, the last 64 KiB of it.
   */
  async until(patterns: readonly Uint8Array[], options: WaitOptions): Promise<Found | undefined> {
    const { withinMs = Infinity, signal } = options;
    const end = performance.now() + withinMs;
    let seen: Uint8Array = new Uint8Array();
    try {
      for (;;) {
        const left = end - performance.now();
        const chunk = await this.next({ withinMs: left === Infinity ? undefined : left, signal });
        if (chunk !== undefined) seen = concat([seen.subarray(-MAX_PASSED_BYTES), chunk]);
        const found = firstOf(patterns, seen);
        if (found !== undefined) {
          const before = seen.subarray(0, found.at);
          seen = seen.subarray(found.at + patterns[found.which].length);
          return { which: found.which, before };
        }
        if (performance.now() >= end) return undefined;
      }
    } finally {
      this.unread(seen);
    }
  }

  /** Forgets what has come and was not read; returns whether there was anything. */
  clear(): boolean {
    return this.#chunks.splice(0).length > 0;
  }

  /** Puts bytes back to be read next. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#chunks.unshift(bytes);
  }

  /** Ends a wait that is pending, without a chunk. */
  wake(): void {
    this.#notify?.();
  }

  /**
   * Reads ahead until {@linkcode pause}, so that a connection that breaks is noticed. Stops early
   * when much has come: the board then waits, or loses what it says.
   *
   * @throws what the transport's `read` throws.
   */
  async watch(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#failure === undefined && !signal.aborted && this.#bytesAhead() < MAX_AHEAD_BYTES) {
      await (this.#reading ??= this.#read());
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * Ends {@linkcode watch}. Those who call it at the same time share one look.
   *
   * @throws what a read has thrown.
   */
  endWatch(): Promise<void> {
    return this.#ending ??= this.#endWatch().finally(() => this.#ending = undefined);
  }

  async #endWatch(): Promise<void> {
    await this.pause();
    // A last look: a port that was unplugged a moment ago tells so when it is read anew.
    this.#reading = this.#read();
    await this.pause();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** What has come and was not read. */
  get ahead(): Uint8Array {
    return concat(this.#chunks);
  }

  #bytesAhead(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  /** Takes back the read that is pending, so that somebody else can read the transport. */
  async pause(): Promise<void> {
    const stop = this.#stop;
    if (this.#reading === undefined) return;
    stop.abort();
    await this.#reading;
    // Who paused at the same time may have gone on, and read again.
    if (this.#stop === stop) this.#stop = new AbortController();
  }

  async #arrival({ withinMs, signal }: WaitOptions): Promise<void> {
    this.#reading ??= this.#read();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#notify = resolve;
    if (withinMs !== undefined) this.#deadline.set(withinMs, resolve);
    signal?.addEventListener("abort", resolve as () => void, { once: true });
    await promise;
    this.#deadline.clear();
    signal?.removeEventListener("abort", resolve as () => void);
    this.#notify = undefined;
  }

  async #read(): Promise<void> {
    const { signal } = this.#stop;
    try {
      const chunk = await this.#transport.read({ signal });
      this.#chunks.push(chunk);
      this.#lastByteAt = performance.now();
      this.#recent = chunk.length >= RECENT_BYTES
        ? chunk.slice(-RECENT_BYTES)
        : concat([this.#recent, chunk]).slice(-RECENT_BYTES);
    } catch (error) {
      // The read that was taken back throws the reason; whatever else it throws has happened.
      if (!signal.aborted || error !== signal.reason) this.#failure = { error };
    } finally {
      this.#reading = undefined;
      this.#notify?.();
    }
  }
}

function firstOf(patterns: readonly Uint8Array[], bytes: Uint8Array) {
  let first: { which: number; at: number } | undefined;
  patterns.forEach((pattern, which) => {
    const at = indexOfBytes(bytes, pattern);
    if (at !== -1 && (first === undefined || at < first.at)) first = { which, at };
  });
  return first;
}
