/** What went over a board's wire during a check: the beginning and the end of it, for the report. */

import { printable } from "@/base/bytes.ts";
import { REDACTED } from "@/config/redact.ts";
import type { Observer } from "@/transport/observed.ts";
import type { WireChunk } from "./result.ts";

/** So many bytes of the beginning are kept, and as many of the end: what comes between repeats. */
const MAX_SIDE_BYTES = 24 * 1024;

/** Pieces in one direction that follow each other within this time, in milliseconds, are one. */
const MERGE_MS = 5;

/** A longer piece is several. */
const MAX_PIECE_BYTES = 4 * 1024;

/** And a longer note with its end left out. */
const MAX_NOTE_UNITS = 2 * 1024;

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

/** Where secrets stand in bytes, a letter each: from, and behind which letter. */
export type FindSecrets = (bytes: string) => readonly (readonly [from: number, to: number])[];

/** Records one check's traffic, over as many connections as it takes. */
export class Transcript {
  readonly #redact: (text: string) => string;
  readonly #findSecrets: FindSecrets;
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #entries: (Piece | Note)[] = [];
  #bytes = 0;
  /** The number of entries that make the beginning, once that is full. */
  #head: number | undefined;
  #dropped = 0;

  /**
   * @param options `redact` takes secrets out of a text of ours, `findSecrets` tells where they stand
   * among bytes; `now` is a clock in milliseconds, for tests
   */
  constructor(
    { redact, findSecrets = () => [], now = () => performance.now() }: {
      readonly redact: (text: string) => string;
      readonly findSecrets?: FindSecrets | undefined;
      readonly now?: () => number;
    },
  ) {
    this.#redact = redact;
    this.#findSecrets = findSecrets;
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
    const shown = text.length > MAX_NOTE_UNITS ? `${text.slice(0, MAX_NOTE_UNITS)}…` : text;
    this.#push({ atMs: this.#elapsed(), direction: "note", text: shown });
  }

  /** What was recorded, secrets blanked. */
  chunks(): WireChunk[] {
    const head = this.#head ?? this.#entries.length;
    const secret = this.#secretBytes();
    const chunks = this.#entries.map((entry): WireChunk => {
      const { atMs, direction } = entry;
      if (entry.direction === "note") return { atMs, direction, text: this.#redact(entry.text) };
      // Once more as text, for spellings that are secret only as such.
      return { atMs, direction, text: this.#redact(shown(entry.bytes, secret.get(entry))) };
    });
    if (this.#dropped === 0) return chunks;
    const atMs = chunks[head]?.atMs ?? chunks.at(-1)!.atMs;
    const text = `… ${this.#dropped} bytes left out`;
    return [...chunks.slice(0, head), { atMs, direction: "note", text }, ...chunks.slice(head)];
  }

  /** Which bytes of which piece are secret: one may begin in a piece and end in a later one. */
  #secretBytes(): Map<Piece, Set<number>> {
    const secret = new Map<Piece, Set<number>>();
    for (const direction of ["in", "out"] as const) {
      const pieces = this.#entries.filter((entry): entry is Piece => entry.direction === direction);
      const letters = pieces.map(({ bytes }) => latin1(bytes)).join("");
      const starts: number[] = [];
      pieces.reduce((at, { bytes }) => (starts.push(at), at + bytes.length), 0);
      for (const [from, to] of this.#findSecrets(letters)) {
        pieces.forEach((piece, index) => {
          const start = starts[index];
          for (
            let at = Math.max(from, start);
            at < Math.min(to, start + piece.bytes.length);
            at++
          ) {
            const set = secret.get(piece) ?? new Set();
            secret.set(piece, set.add(at - start));
          }
        });
      }
    }
    return secret;
  }

  #add(direction: "in" | "out", bytes: Uint8Array): void {
    const now = this.#elapsed();
    for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) {
      const part = bytes.subarray(at, at + MAX_PIECE_BYTES);
      const last = this.#entries.at(-1);
      const isHeadFull = this.#head === this.#entries.length;
      if (
        last?.direction === direction && now - last.lastMs <= MERGE_MS && !isHeadFull &&
        last.bytes.length + part.length <= MAX_PIECE_BYTES
      ) {
        last.bytes.push(...part);
        last.lastMs = now;
        this.#count(part.length);
      } else this.#push({ atMs: now, direction, bytes: [...part], lastMs: now });
    }
  }

  #push(entry: Piece | Note): void {
    this.#entries.push(entry);
    this.#count(sizeOf(entry));
  }

  /** Ends the beginning when it is full, and drops the oldest of the end while that is too long. */
  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#head === undefined) {
      if (this.#bytes < MAX_SIDE_BYTES) return;
      this.#head = this.#entries.length;
      this.#bytes = 0;
    }
    while (this.#bytes > MAX_SIDE_BYTES && this.#entries.length > this.#head + 1) {
      const [entry] = this.#entries.splice(this.#head, 1);
      this.#bytes -= sizeOf(entry);
      this.#dropped += sizeOf(entry);
    }
  }

  #elapsed(): number {
    return Math.round(this.#now() - this.#startMs);
  }
}

/** What an entry counts for: there may be many notes, too. */
function sizeOf(entry: Piece | Note): number {
  return entry.direction === "note" ? entry.text.length : entry.bytes.length;
}

function latin1(bytes: readonly number[]): string {
  return bytes.map((byte) => String.fromCharCode(byte)).join("");
}

/** Bytes as Python would write them, without quotes; runs of secret ones as `***`. */
function shown(bytes: readonly number[], secret: ReadonlySet<number> = new Set()): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const from = at;
    const isSecret = secret.has(at);
    while (at < bytes.length && secret.has(at) === isSecret) at++;
    const part = Uint8Array.from(bytes.slice(from, at));
    parts.push(isSecret ? REDACTED : printable(part, part.length).slice(1, -1));
  }
  return parts.join("");
}
