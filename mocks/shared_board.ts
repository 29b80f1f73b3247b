/** What a board's thread and the thread that started it share: two rings, and a few words. */

import type { FileAnswer, FileRequest } from "./file_desk.ts";
import type { FileChange } from "./interpreter/file_system.ts";
import { ByteRing } from "./ring.ts";

/** Words of {@linkcode SharedBoard.control}. */
const Word = { bell: 0, power: 1, listening: 2, wantOutput: 3, wantSpace: 4, running: 5 } as const;

/** Whether the board is to go on. */
export const Power = { on: 0, reset: 1, off: 2 } as const;

/** The message that starts a board. */
export interface BoardStart {
  readonly name: string;
  readonly profile: string;
  readonly control: SharedArrayBuffer;
  readonly receive: SharedArrayBuffer;
  readonly transmit: SharedArrayBuffer;
  readonly requests: SharedArrayBuffer;
  readonly files: readonly { readonly path: string; readonly data: Uint8Array | null }[];
  readonly seed: number | undefined;
  readonly bootProgram: string | undefined;
  readonly freeBytes: number | undefined;
}

/** What a board's thread posts. */
export type BoardMessage =
  /** It takes the message that starts it. */
  | { readonly kind: "ready" }
  /** It has power; its memory is there for interrupts. */
  | { readonly kind: "powered"; readonly memory: SharedArrayBuffer }
  /** It waits at its prompt, or begins with its boot.py or main.py; at each start. */
  | { readonly kind: "booted" }
  /** Something that was asked for happened: output is there, or space for input. */
  | { readonly kind: "bell" }
  | { readonly kind: "file"; readonly change: FileChange }
  /** It starts again: its sockets are closed. */
  | { readonly kind: "restarts" }
  | { readonly kind: "answer"; readonly answer: FileAnswer }
  | { readonly kind: "stopped"; readonly why: string };

/** Room for one request, whose data is a few hundred bytes, as JSON. */
const REQUEST_BYTES = 8192;
/** Before each request: how long it is, 16 bits, little-endian. */
const REQUEST_HEADER_BYTES = 2;

/** The shared words and rings, seen from either thread. */
export class SharedBoard {
  readonly control: Int32Array;
  readonly receive: ByteRing;
  readonly transmit: ByteRing;
  /** What network services ask for; see {@linkcode request}. */
  readonly requests: ByteRing;

  constructor(
    parts: Pick<BoardStart, "control" | "receive" | "transmit" | "requests">,
  ) {
    this.control = new Int32Array(parts.control);
    this.receive = new ByteRing(parts.receive);
    this.transmit = new ByteRing(parts.transmit);
    this.requests = new ByteRing(parts.requests);
  }

  static create(receiveBytes: number, transmitBytes: number): SharedBoard {
    return new SharedBoard({
      control: new SharedArrayBuffer(8 * Int32Array.BYTES_PER_ELEMENT),
      receive: ByteRing.withCapacity(receiveBytes).buffer,
      transmit: ByteRing.withCapacity(transmitBytes).buffer,
      requests: ByteRing.withCapacity(REQUEST_BYTES).buffer,
    });
  }

  get power(): number {
    return Atomics.load(this.control, Word.power);
  }

  set power(power: number) {
    Atomics.store(this.control, Word.power, power);
    this.ring();
  }

  /** Whether somebody takes the output; it is lost otherwise. */
  get listening(): boolean {
    return Atomics.load(this.control, Word.listening) !== 0;
  }

  set listening(listening: boolean) {
    Atomics.store(this.control, Word.listening, listening ? 1 : 0);
    this.ring();
  }

  /** Whether the interpreter's memory is in order, so that an interrupt may be written to it. */
  get running(): boolean {
    return Atomics.load(this.control, Word.running) !== 0;
  }

  set running(running: boolean) {
    Atomics.store(this.control, Word.running, running ? 1 : 0);
  }

  /** Wakes the board's thread, whatever it waits for. */
  ring(): void {
    Atomics.add(this.control, Word.bell, 1);
    Atomics.notify(this.control, Word.bell);
  }

  /** What {@linkcode sleep} compares with: look at it, then at the world, then sleep. */
  get bell(): number {
    return Atomics.load(this.control, Word.bell);
  }

  /** Blocks the board's thread until somebody rings after `bell` was looked at. */
  sleep(bell: number, timeoutMs = Infinity): void {
    Atomics.wait(this.control, Word.bell, bell, timeoutMs);
  }

  /** Leaves a request for the board's thread; one at a time. */
  request(request: FileRequest): void {
    const body = new TextEncoder().encode(JSON.stringify(request));
    const message = new Uint8Array(REQUEST_HEADER_BYTES + body.length);
    message.set([body.length & 0xff, body.length >> 8]);
    message.set(body, REQUEST_HEADER_BYTES);
    if (this.requests.put(message) < message.length) {
      throw new RangeError(`A request of ${body.length} bytes is too long.`);
    }
    this.ring();
  }

  /** The request that was left, if there is one. */
  takeRequest(): FileRequest | undefined {
    if (this.requests.length === 0) return undefined;
    const [low, high] = this.requests.take(REQUEST_HEADER_BYTES);
    return JSON.parse(new TextDecoder().decode(this.requests.take(low | high << 8)));
  }

  /** Asks the board's thread to post when there is output. */
  wantOutput(): void {
    Atomics.store(this.control, Word.wantOutput, 1);
  }

  /** Asks the board's thread to post when there is space in the receive ring. */
  wantSpace(): void {
    Atomics.store(this.control, Word.wantSpace, 1);
  }

  /** Whether output was wanted; it no longer is. */
  outputWanted(): boolean {
    return Atomics.load(this.control, Word.wantOutput) !== 0 &&
      Atomics.exchange(this.control, Word.wantOutput, 0) !== 0;
  }

  /** Whether space was wanted; it no longer is. */
  spaceWanted(): boolean {
    return Atomics.load(this.control, Word.wantSpace) !== 0 &&
      Atomics.exchange(this.control, Word.wantSpace, 0) !== 0;
  }
}
