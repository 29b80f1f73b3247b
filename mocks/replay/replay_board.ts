/**
 * A board that says what another one said before, and expects to be told what that one was told. It
 * answers when it has heard all that stands before the answer, as fast as the host goes.
 */

import type { Listener } from "../links/link.ts";
import type { Plug } from "../links/plug.ts";
import type { RecordedConnection, Saying } from "./trace_file.ts";

/** How long the last bytes of a host that has hung up may take to arrive, in milliseconds. */
const LATE_MS = 2_000;

/** How much of what was expected and of what came is shown. */
const SHOWN_BYTES = 60;

/** The board; each time that it is plugged in, the next connection is played. */
export class ReplayBoard implements Plug, Disposable {
  /** Called when a connection ends as the recorded one did: the board went away. */
  onCut: (isLast: boolean) => void = () => {};
  /** Resolves when all connections have been played, or to what was different. */
  readonly ended: Promise<string | undefined>;
  readonly #connections: readonly RecordedConnection[];
  readonly #end: (difference: string | undefined) => void;
  #isOver = false;
  #index = -1;
  /** What of the connection is next: a saying, and a byte in it. */
  #next = 0;
  #at = 0;
  #heardBytes = 0;
  #listener: Listener | undefined;
  /** Who plugged in before the last bytes of the one before had come. */
  #early: Listener | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;
  #saying: Promise<void> = Promise.resolve();

  constructor(connections: readonly RecordedConnection[]) {
    this.#connections = connections;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** How many connections have been played to their end. */
  get played(): number {
    const isDone = this.#isOver || this.#listener === undefined && this.#late === undefined;
    return isDone ? this.#index + 1 : Math.max(0, this.#index);
  }

  plugIn(listener: Listener): void {
    if (this.#late !== undefined) this.#early = listener;
    else this.#begin(listener);
  }

  unplug(listener: Listener): void {
    if (this.#early === listener) this.#early = undefined;
    if (this.#listener !== listener) return;
    this.#listener = undefined;
    if (this.#isOver) return;
    if (this.#expected() === undefined) return this.#finish();
    // Who only looked whether the port is there has not used it.
    if (this.#heardBytes === 0) {
      this.#index--;
      return;
    }
    this.#late = setTimeout(() => {
      this.#late = undefined;
      this.#differ(this.#expected()!, "the host hung up instead");
    }, LATE_MS);
  }

  receive(data: Uint8Array): Promise<void> {
    for (let from = 0; from < data.length && !this.#isOver;) {
      const wanted = this.#expected();
      if (wanted === undefined) {
        if (this.#early !== undefined) this.#finish();
        else return this.#surprised(data.subarray(from));
        continue;
      }
      const count = Math.min(data.length - from, wanted.bytes.length - this.#at);
      for (let index = 0; index < count; index++) {
        const at = this.#at + index;
        if (wanted.isBlank[at] || wanted.bytes[at] === data[from + index]) continue;
        this.#at = at;
        this.#heardBytes += index;
        this.#differ(wanted, `there came ${shown(data.subarray(from + index))}`);
        return Promise.resolve();
      }
      from += count;
      this.#at += count;
      this.#heardBytes += count;
      if (this.#at === wanted.bytes.length) this.#advance();
    }
    if (this.#late !== undefined && this.#expected() === undefined) this.#finish();
    return Promise.resolve();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#late);
    this.#late = undefined;
  }

  #begin(listener: Listener): void {
    if (this.#isOver) return;
    this.#index++;
    this.#listener = listener;
    this.#next = this.#at = this.#heardBytes = 0;
    this.#speak();
  }

  #finish(): void {
    clearTimeout(this.#late);
    this.#late = undefined;
    const early = this.#early;
    this.#early = undefined;
    if (this.#index === this.#connections.length - 1) this.#stop(undefined);
    else if (early !== undefined) this.#begin(early);
  }

  #stop(difference: string | undefined): void {
    this.#isOver = true;
    this.#end(difference);
  }

  /** What the host is to say next; undefined when it has said all. */
  #expected(): Saying | undefined {
    const { sayings } = this.#connections[this.#index] ?? { sayings: [] };
    return sayings.slice(this.#next).find(({ side }) => side === "host");
  }

  #advance(): void {
    this.#next++;
    this.#at = 0;
    this.#speak();
  }

  /** Says what the board said before it heard more. */
  #speak(): void {
    const { sayings, isCut } = this.#connections[this.#index];
    for (; sayings[this.#next]?.side === "board"; this.#next++) {
      const { bytes } = sayings[this.#next];
      const listener = this.#listener;
      this.#saying = this.#saying.then(() => listener?.hear(bytes));
    }
    if (!isCut || this.#next < sayings.length) return;
    const isLast = this.#index === this.#connections.length - 1;
    this.#saying = this.#saying.then(() => this.onCut(isLast));
  }

  #surprised(data: Uint8Array): Promise<void> {
    const { sayings } = this.#connections[this.#index] ?? { sayings: [] };
    const line = sayings.at(-1)?.line ?? 0;
    const text = `behind line ${line}, the host was to hang up; there came ${shown(data)}`;
    this.#stop(this.#where() + text);
    return Promise.resolve();
  }

  #differ(wanted: Saying, what: string): void {
    const rest = wanted.bytes.subarray(this.#at);
    const text = `line ${wanted.line}, expected was ${shown(rest)}; ${what}`;
    this.#stop(this.#where() + text);
  }

  #where(): string {
    const count = this.#connections.length;
    return `Connection ${this.#index + 1} of ${count}, byte ${this.#heardBytes} from the host: `;
  }
}

/** Bytes as text in double quotes, escaped as in JSON. */
function shown(bytes: Uint8Array): string {
  const text = JSON.stringify(String.fromCharCode(...bytes.subarray(0, SHOWN_BYTES)));
  const escaped = text.replace(
    /[\x7f-\xff]/g,
    (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`,
  );
  return bytes.length > SHOWN_BYTES ? `${escaped}…` : escaped;
}
