/** What went over a board's wire during a check: the beginning and the end of it, for the report. */

import { printable } from "@/base/bytes.ts";
import type { Observer } from "@/transport/observed.ts";
import type { WireChunk } from "./result.ts";

/** So many bytes of the beginning are kept, and as many of the end: what comes between repeats. */
const MAX_SIDE_BYTES = 24 * 1024;

/** Pieces in one direction that follow each other within this time, in milliseconds, are one. */
const MERGE_MS = 5;

/** A longer piece is shown with its middle left out. */
const MAX_PIECE_BYTES = 4 * 1024;

interface Piece {
  readonly atMs: number;
  readonly direction: "in" | "out";
  readonly bytes: number[];
  lastMs: number;
}

interface Note {
  readonly atMs: number;
  readonly direction: "note";
  readonly text: string;
}

/** Records one check's traffic, over as many connections as it takes. */
export class Transcript {
  readonly #redact: (text: string) => string;
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #entries: (Piece | Note)[] = [];
  #bytes = 0;
  /** The number of entries that make the beginning, once that is full. */
  #head: number | undefined;
  #dropped = 0;

  /**
   * @param options `redact` takes secrets out of a text; `now` is a clock in milliseconds, for tests
   */
  constructor(
    { redact, now = () => performance.now() }: {
      readonly redact: (text: string) => string;
      readonly now?: () => number;
    },
  ) {
    this.#redact = redact;
    this.#now = now;
    this.#startMs = now();
  }

  /** Looks on at a connection to `address`. */
  observe(address: string): Observer {
    this.note(`opened ${address}`);
    return {
      onRead: (bytes) => this.#add("in", bytes),
      onWrite: (bytes) => this.#add("out", bytes),
      onModem: (lines) => this.note(`set ${JSON.stringify(lines)}`),
      onError: (error) => this.note(error instanceof Error ? error.message : String(error)),
      onClose: () => this.note(`closed ${address}`),
    };
  }

  /** A line of ours. */
  note(text: string): void {
    this.#entries.push({ atMs: this.#elapsed(), direction: "note", text });
  }

  /** What was recorded, secrets blanked. */
  chunks(): WireChunk[] {
    const chunks = this.#entries.map((entry): WireChunk => {
      const text = entry.direction === "note" ? entry.text : shown(entry.bytes);
      return { atMs: entry.atMs, direction: entry.direction, text: this.#redact(text) };
    });
    if (this.#dropped === 0) return chunks;
    const head = this.#head ?? chunks.length;
    const atMs = chunks[head]?.atMs ?? chunks.at(-1)!.atMs;
    const text = `… ${this.#dropped} bytes left out`;
    return [...chunks.slice(0, head), { atMs, direction: "note", text }, ...chunks.slice(head)];
  }

  #add(direction: "in" | "out", bytes: Uint8Array): void {
    const now = this.#elapsed();
    const last = this.#entries.at(-1);
    const isHeadFull = this.#head !== undefined && this.#entries.length === this.#head;
    if (
      last?.direction === direction && now - last.lastMs <= MERGE_MS && !isHeadFull &&
      last.bytes.length + bytes.length <= MAX_PIECE_BYTES
    ) {
      last.bytes.push(...bytes);
      last.lastMs = now;
    } else {
      for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) {
        const part = [...bytes.subarray(at, at + MAX_PIECE_BYTES)];
        this.#entries.push({ atMs: now, direction, bytes: part, lastMs: now });
      }
    }
    this.#bytes += bytes.length;
    if (this.#head === undefined && this.#bytes >= MAX_SIDE_BYTES) {
      this.#head = this.#entries.length;
      this.#bytes = 0;
    }
    this.#trim();
  }

  /** Drops the oldest of the end while it is too long. */
  #trim(): void {
    if (this.#head === undefined) return;
    while (this.#bytes > MAX_SIDE_BYTES && this.#entries.length > this.#head + 1) {
      const [entry] = this.#entries.splice(this.#head, 1);
      if (entry.direction === "note") continue;
      this.#bytes -= entry.bytes.length;
      this.#dropped += entry.bytes.length;
    }
  }

  #elapsed(): number {
    return Math.round(this.#now() - this.#startMs);
  }
}

/** Bytes as Python would write them, without quotes. */
function shown(bytes: readonly number[]): string {
  return printable(Uint8Array.from(bytes), bytes.length).slice(1, -1);
}
