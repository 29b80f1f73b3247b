/**
 * The board's end of its serial port, as its program sees it: what came in, what goes out, and the
 * waiting in between. Everything here blocks the board's thread, and idles while it does.
 */

import type { Front } from "../front/behaviour.ts";
import type { SharedBoard } from "../shared_board.ts";
import type { ControlDevice } from "./control_device.ts";
import { type Device, POLLIN, POLLOUT } from "./system_calls.ts";

/** What the port needs of the rest of the board. */
export interface PortContext {
  /** Whether Python has something to raise. @throws when the power goes. */
  pending(): boolean;
  /** Makes the running program raise KeyboardInterrupt. */
  interrupt(): void;
  /** Tells the other thread that what it waited for happened. */
  post(): void;
  /** Told of all that the program sends, whether somebody listens or not. */
  sent(data: Uint8Array): void;
  /** Bytes that one grant of a raw paste allows. */
  readonly pasteWindow: number;
}

/** Descriptors of the port. 1 and 2 are what the C code writes to; start.py moves Python's own. */
const Descriptor = {
  stdin: 0,
  repl: 1,
  stderr: 2,
  stdinBytes: 3,
  stdoutBytes: 4,
  stdout: 5,
  control: 6,
} as const;

const CTRL_A = 0x01;
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const LF = 0x0a;
const CR = 0x0d;
const CRLF = Uint8Array.of(CR, LF);
/** What a raw paste's reader is told. */
const PASTE_END = -1;
const PASTE_INTERRUPTED = -2;
/** Programs that poll without a pause look this often, as those of a board that sleeps a tick. */
const POLL_MS = 1;

/** The port of one board, from start to reset. */
export class SerialPort {
  readonly #shared: SharedBoard;
  readonly #context: PortContext;
  /** The raw paste that is being read: how much of its window is left. */
  #paste: { remaining: number } | undefined;
  #pasteEnded = true;

  constructor(shared: SharedBoard, context: PortContext) {
    this.#shared = shared;
    this.#context = context;
  }

  /** The port's descriptors. */
  devices(parts: { front: Front; control: ControlDevice }): Map<number, Device> {
    const send = (data: Uint8Array) => this.send(data);
    const sendText = (data: Uint8Array) => this.sendText(data);
    const poll = () => POLLOUT;
    const stdin = (text: boolean): Device => ({
      read: (into) => this.#read(into, text),
      poll: () => this.#shared.receive.length > 0 ? POLLIN : 0,
    });
    return new Map<number, Device>([
      [Descriptor.stdin, { ...stdin(true), write: sendText }],
      [Descriptor.repl, { write: (data) => this.#say(parts.front, data), poll }],
      [Descriptor.stderr, { write: sendText, poll }],
      [Descriptor.stdinBytes, stdin(false)],
      [Descriptor.stdoutBytes, { write: send, poll }],
      [Descriptor.stdout, { write: sendText, poll }],
      [Descriptor.control, { write: (data) => parts.control.write(data) }],
    ]);
  }

  /** Sends bytes as they are, waiting while the ring is full. Lost when nobody listens. */
  send(data: Uint8Array): void {
    this.#context.sent(data);
    let rest = data;
    while (this.#shared.listening) {
      const bell = this.#shared.bell;
      const count = this.#shared.transmit.put(rest);
      if (count > 0 && this.#shared.outputWanted()) this.#context.post();
      if (count === rest.length) return;
      rest = rest.subarray(count);
      if (count === 0) {
        // An interrupt does not make a board lose output: only the loss of power ends the wait.
        this.#context.pending();
        this.#shared.sleep(bell);
      }
    }
  }

  /** Sends text: a line feed goes out as carriage return and line feed. */
  sendText(data: Uint8Array): void {
    let from = 0;
    for (let at = data.indexOf(LF); at >= 0; at = data.indexOf(LF, from)) {
      if (at > from) this.send(data.subarray(from, at));
      this.send(CRLF);
      from = at + 1;
    }
    if (from < data.length) this.send(from === 0 ? data : data.subarray(from));
  }

  /** The next byte, waiting for it; -1 when something is pending instead. */
  receivedByte(): number {
    for (;;) {
      const bell = this.#shared.bell;
      if (this.#context.pending()) return -1;
      const byte = this.#shared.receive.takeByte();
      if (byte !== undefined) {
        this.#taken();
        return byte;
      }
      this.#shared.sleep(bell);
    }
  }

  /** Sleeps for `ms`, less when something is pending. */
  sleepMs(ms: number): void {
    const end = performance.now() + ms;
    for (;;) {
      const bell = this.#shared.bell;
      const left = end - performance.now();
      if (this.#context.pending() || left <= 0) return;
      this.#shared.sleep(bell, left);
    }
  }

  /** Waits a moment, less when bytes arrive. */
  idle(): void {
    const bell = this.#shared.bell;
    if (this.#context.pending() || this.#shared.receive.length > 0) return;
    this.#shared.sleep(bell, POLL_MS);
  }

  /** The next byte of a raw paste; shared/runtime/pyexec.c, mp_reader_stdin_readbyte. */
  pasteByte(): number {
    if (this.#pasteEnded || this.#paste === undefined) return PASTE_END;
    const byte = this.receivedByte();
    if (byte === CTRL_C || byte === CTRL_D || byte < 0) {
      this.#pasteEnded = true;
      this.send(Uint8Array.of(CTRL_D));
      if (byte === CTRL_D) return PASTE_END;
      if (byte === CTRL_C) this.#context.interrupt();
      return PASTE_INTERRUPTED;
    }
    if (--this.#paste.remaining === 0) {
      this.send(Uint8Array.of(CTRL_A));
      this.#paste.remaining = this.#context.pasteWindow;
    }
    return byte;
  }

  /** The compiler stopped early: says so, and drops what the host still sends. */
  pasteClose(): void {
    if (this.#pasteEnded) return;
    this.#pasteEnded = true;
    this.send(Uint8Array.of(CTRL_D));
    for (;;) {
      const byte = this.receivedByte();
      if (byte === CTRL_C || byte === CTRL_D) return;
    }
  }

  #say(front: Front, data: Uint8Array): void {
    // The reply that carries the window opens a paste: R, 1, then the window and a first grant.
    if (data.length === 3 && data[0] === 128 && data[1] === 0 && data[2] === CTRL_A) {
      this.#paste = { remaining: this.#context.pasteWindow };
      this.#pasteEnded = false;
    }
    this.send(front.says(data));
  }

  #read(into: Uint8Array, text: boolean): number {
    for (;;) {
      const bell = this.#shared.bell;
      if (this.#context.pending()) return -1;
      const data = this.#shared.receive.take(into.length);
      if (data.length > 0) {
        this.#taken();
        // shared/runtime/sys_stdio_mphal.c: sys.stdin gives a carriage return as a line feed.
        if (text) data.forEach((byte, at) => data[at] = byte === CR ? LF : byte);
        into.set(data);
        return data.length;
      }
      this.#shared.sleep(bell);
    }
  }

  #taken(): void {
    if (this.#shared.spaceWanted()) this.#context.post();
  }
}
