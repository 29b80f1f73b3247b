/**
 * The record of one connection: what each side said, in order, as lines of JSON (docs/logging.md
 * describes them). Secrets are blanked before anything is written, also those that come in pieces.
 */

import type { Carriage, TransportTrace } from "./transport.ts";

/** Who said something. */
export type Side = "host" | "board";

/** Finds what must not be recorded. */
export interface Secrets {
  /** For text that has a letter for each byte. */
  readonly inBytes: {
    readonly longest: number;
    find(text: string): readonly (readonly [from: number, to: number])[];
  };
  /** `text` without them. */
  redact(text: string): string;
}

/** What a {@linkcode TraceRecord} is made with. */
export interface TraceRecordOptions {
  /** Names the connection in the file. */
  readonly id: string;
  readonly secrets: Secrets;
  /** Takes a line without its end. Never throws. */
  readonly write: (line: string) => void;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
}

/** What stands for a byte that is not told. */
const BLANK = "*".charCodeAt(0);

/** More is not held back for the sake of a secret that may be going on: then its side is blanked. */
const MAX_HELD_BYTES = 1 << 20;

/** Files that are never recorded. */
const SECRET_FILE = /(?:^|\/)(?:secrets|webrepl_cfg)\.m?py(?:$|\.)/;

/** Bytes that one side said. */
interface Said {
  readonly side: Side;
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly isBlank: Uint8Array;
}

/** A line that is about no bytes. */
interface Told {
  readonly side: undefined;
  readonly line: string;
}

/** The last of what a side said, which may be the beginning of a secret. */
interface Tail {
  text: string;
  said: Said[];
}

/** Records one connection. */
export class TraceRecord implements TransportTrace {
  readonly #options: TraceRecordOptions;
  readonly #queue: (Said | Told)[] = [];
  readonly #tails: Record<Side, Tail> = {
    host: { text: "", said: [] },
    board: { text: "", said: [] },
  };
  readonly #carriages = new Set<Load>();
  #heldBytes = 0;

  constructor(options: TraceRecordOptions) {
    this.#options = options;
  }

  /** Records that something happened besides what was said. Texts in `facts` lose their secrets. */
  tell(event: string, facts: Readonly<Record<string, unknown>> = {}): void {
    const { id, secrets } = this.#options;
    const clean = Object.entries(facts).map(([key, value]) => [
      key,
      typeof value === "string" ? secrets.redact(value) : value,
    ]);
    const line = JSON.stringify({ event, id, ms: this.#now(), ...Object.fromEntries(clean) });
    this.#queue.push({ side: undefined, line });
    this.#writeSettled();
  }

  /** Records what a side said. */
  say(side: Side, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const said = {
      side,
      at: this.#now(),
      bytes: bytes.slice(),
      isBlank: new Uint8Array(bytes.length),
    };
    this.#queue.push(said);
    this.#heldBytes += bytes.length;
    for (const load of this.#carriages) if (load.side === side) load.said.push(said);
    this.#blankSecrets(said);
    this.#writeSettled();
  }

  carry(side: Side): Carriage {
    const { inBytes } = this.#options.secrets;
    // What comes from a board is known when it is here, and hidden until then.
    const load = new Load(side, {
      isHidden: side === "board" && inBytes.longest > 0,
      isSecret: (content, path) =>
        SECRET_FILE.test(path) || inBytes.find(asText(content)).length > 0,
      onEnd: () => {
        this.#carriages.delete(load);
        this.#writeSettled();
      },
    });
    this.#carriages.add(load);
    return load;
  }

  /** Writes all that is held back: nothing more is said. */
  end(): void {
    for (const load of this.#carriages) load[Symbol.dispose]();
    for (const tail of Object.values(this.#tails)) tail.said = [];
    this.#writeSettled();
  }

  /** Blanks the secrets that end in what was said last, and forgets what can be none any more. */
  #blankSecrets(said: Said): void {
    const { inBytes: { longest, find }, inBytes } = this.#options.secrets;
    if (longest === 0) return;
    const tail = this.#tails[said.side];
    tail.text += asText(said.bytes);
    tail.said.push(said);
    for (const [from, to] of find.call(inBytes, tail.text)) blank(tail, from, to);
    const kept = Math.min(tail.text.length, longest - 1);
    tail.text = tail.text.slice(tail.text.length - kept);
    let length = tail.said.reduce((sum, { bytes }) => sum + bytes.length, 0);
    while (tail.said.length > 0 && length - tail.said[0].bytes.length >= kept) {
      length -= tail.said.shift()!.bytes.length;
    }
  }

  #writeSettled(): void {
    if (this.#carriages.size > 0) return;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#giveUpTails();
    const held = new Set([...this.#tails.host.said, ...this.#tails.board.said]);
    let count = 0;
    for (const item of this.#queue) {
      if (item.side !== undefined && held.has(item)) break;
      this.#write(item);
      count++;
    }
    this.#queue.splice(0, count);
  }

  /** Blanks what may be the beginning of a secret, so that nothing behind it has to wait. */
  #giveUpTails(): void {
    for (const tail of Object.values(this.#tails)) {
      const length = tail.said.reduce((sum, { bytes }) => sum + bytes.length, 0);
      blank(tail, tail.text.length - length, tail.text.length);
      tail.said = [];
      tail.text = "";
    }
  }

  #write(item: Said | Told): void {
    const { id, write } = this.#options;
    if (item.side === undefined) return write(item.line);
    const { side, at, bytes, isBlank } = item;
    this.#heldBytes -= bytes.length;
    const blanks = rangesOf(isBlank);
    for (const [from, count] of blanks) bytes.fill(BLANK, from, from + count);
    const line = { event: side, id, ms: at, text: asText(bytes) };
    write(ascii(JSON.stringify(blanks.length > 0 ? { ...line, blank: blanks } : line)));
  }

  #now(): number {
    const { now = () => performance.now() } = this.#options;
    return Math.round(now() * 10) / 10;
  }
}

/** Content on its way, and what was said meanwhile. */
class Load implements Carriage {
  readonly side: Side;
  readonly said: Said[] = [];
  readonly #isSecret: (content: Uint8Array, path: string) => boolean;
  readonly #onEnd: () => void;
  #isHidden: boolean;
  #isFirst = true;

  constructor(
    side: Side,
    options: {
      isHidden: boolean;
      isSecret: (content: Uint8Array, path: string) => boolean;
      onEnd: () => void;
    },
  ) {
    this.side = side;
    this.#isHidden = options.isHidden;
    this.#isSecret = options.isSecret;
    this.#onEnd = options.onEnd;
  }

  holds(content: Uint8Array, path = ""): void {
    const isSecret = this.#isSecret(content, path);
    this.#isHidden = this.#isFirst ? isSecret : this.#isHidden || isSecret;
    this.#isFirst = false;
  }

  [Symbol.dispose](): void {
    if (this.#isHidden) { for (const { isBlank } of this.said) isBlank.fill(1); }
    this.#onEnd();
  }
}

/** Blanks a part of a tail, whose text ends where the last of what was said ends. */
function blank(tail: Tail, from: number, to: number): void {
  let end = tail.text.length;
  for (const { bytes, isBlank } of tail.said.toReversed()) {
    const start = end - bytes.length;
    if (from < end && to > start) isBlank.fill(1, Math.max(0, from - start), to - start);
    end = start;
  }
}

/** Where bytes are blank: first index and count. */
function rangesOf(isBlank: Uint8Array): [from: number, count: number][] {
  const ranges: [number, number][] = [];
  for (let from = isBlank.indexOf(1); from !== -1; from = isBlank.indexOf(1, from)) {
    const end = isBlank.indexOf(0, from);
    const to = end === -1 ? isBlank.length : end;
    ranges.push([from, to - from]);
    from = to;
  }
  return ranges;
}

const LATIN1_PIECE = 8_192;

/** Bytes as text, a letter each: not latin1 as browsers understand it, which is windows-1252. */
function asText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += LATIN1_PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + LATIN1_PIECE));
  }
  return text;
}

/** JSON in ASCII: what a board says need not be UTF-8, and its letters are bytes here. */
function ascii(json: string): string {
  return json.replace(
    /[\x7f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
