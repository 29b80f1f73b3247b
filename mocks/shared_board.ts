/** What a board's thread and the thread that started it share: two rings, and a few words. */

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
  readonly files: readonly { readonly path: string; readonly data: Uint8Array | null }[];
  readonly seed: number | undefined;
}

/** What a board's thread posts. */
export type BoardMessage =
  /** It takes the message that starts it. */
  | { readonly kind: "ready" }
  /** It has power; its memory is there for interrupts. */
  | { readonly kind: "powered"; readonly memory: SharedArrayBuffer }
  /** It waits at its prompt, or begins with its boot.py or main.py. */
  | { readonly kind: "booted" }
  /** Something that was asked for happened: output is there, or space for input. */
  | { readonly kind: "bell" }
  | { readonly kind: "file"; readonly change: FileChange }
  | { readonly kind: "stopped"; readonly why: string };

/** The shared words and rings, seen from either thread. */
export class SharedBoard {
  readonly control: Int32Array;
  readonly receive: ByteRing;
  readonly transmit: ByteRing;

  constructor(control: SharedArrayBuffer, receive: SharedArrayBuffer, transmit: SharedArrayBuffer) {
    this.control = new Int32Array(control);
    this.receive = new ByteRing(receive);
    this.transmit = new ByteRing(transmit);
  }

  static create(receiveBytes: number, transmitBytes: number): SharedBoard {
    return new SharedBoard(
      new SharedArrayBuffer(8 * Int32Array.BYTES_PER_ELEMENT),
      ByteRing.withCapacity(receiveBytes).buffer,
      ByteRing.withCapacity(transmitBytes).buffer,
    );
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
