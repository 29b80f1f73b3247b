/**
 * A simulated board, as the program that starts it holds it: power, a reset button, files, and
 * a serial port that lines can be plugged into.
 */

import { FileDesk } from "./file_desk.ts";
import type { FileChange } from "./interpreter/file_system.ts";
import { ADDRESS } from "./interpreter/wasm_patch.ts";
import { DirectLink, type Link, type Listener } from "./links/link.ts";
import type { Arrival, Plug, Server } from "./links/plug.ts";
import { DEFAULT_PROFILE, type Profile, profileNamed, uidOf } from "./profiles.ts";
import { type BoardMessage, type BoardStart, Power, SharedBoard } from "./shared_board.ts";
import { BOARD_WORKER_NAME } from "./worker_name.ts";

/** What kind of board to start. */
export interface BoardOptions {
  /** Its name; its UID follows from it. */
  readonly name: string;
  /** The name of a profile. */
  readonly profile?: string;
  /** What it has on its flash: path to content, `null` for a directory. */
  readonly files?: Iterable<readonly [path: string, data: Uint8Array | null]>;
  /** Makes what is random on it the same every time. */
  readonly seed?: number;
  /** Python that runs at every start, before boot.py. */
  readonly bootProgram?: string;
  /** How much of its flash is free at first, in bytes; all that its files leave unless told. */
  readonly freeBytes?: number;
  /** How many bytes of output it can have under way before its program has to wait. */
  readonly transmitBytes?: number;
  /** Told of every change that reached its flash, in order. */
  readonly onFileChange?: (change: FileChange) => void;
  /** The module to start its thread from, which calls `runBoardWorker()`. */
  readonly workerUrl?: URL | string;
}

/** How much output a board can have under way before it has to wait, unless told otherwise. */
const TRANSMIT_BYTES = 65_536;
/** How many bytes are handed on at once. */
const CHUNK_BYTES = 65_536;
/** How long a board may take to start; generous, for a machine that starts dozens at a time. */
const START_DEADLINE_MS = 120_000;
/** How long a program has to notice that it shall stop before its thread is ended. */
const POWER_PATIENCE_MS = 100;
/**
 * How long a byte waits at a full receive ring that loses bytes: what a UART's ring of 260 bytes
 * lasts at 115,200 baud. A line without a speed of its own is not faster than the board is.
 */
const OVERRUN_MS = 25;

/** A board with power. */
export class SimulatedBoard implements Plug, Server, AsyncDisposable {
  readonly name: string;
  readonly profile: Profile;
  /** Lower-case hex, joined by colons. */
  readonly uid: string;
  /** Its files, for servers that run on it. */
  readonly fileDesk: FileDesk = new FileDesk((request) => this.#shared.request(request));
  #starting = Promise.withResolvers<void>();
  readonly #restartCallbacks = new Set<() => void>();
  readonly #options: BoardOptions;
  readonly #flash = new Map<string, Uint8Array | null>();
  readonly #listeners = new Set<Listener>();
  #shared!: SharedBoard;
  #worker!: Worker;
  #memory: { words: Int32Array; halves: Int16Array } | undefined;
  #spaceFreed: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #pumping = false;
  #stopped = false;
  #closed = false;

  private constructor(options: BoardOptions) {
    this.name = options.name;
    this.profile = profileNamed(options.profile ?? DEFAULT_PROFILE);
    this.uid = Array.from(
      uidOf(options.name, this.profile),
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join(":");
    this.#options = options;
    for (const [path, data] of options.files ?? []) this.#flash.set(path, data);
  }

  /**
   * Starts a board. Resolves when it waits at its prompt, or is busy with its main.py.
   *
   * @throws {RangeError} when there is no such profile.
   * @throws {Error} when its thread cannot be started.
   */
  static async start(options: BoardOptions): Promise<SimulatedBoard> {
    const board = new SimulatedBoard(options);
    await board.#powerUp();
    return board;
  }

  /**
   * Whether its power is gone: by {@linkcode close}, because its program switched it off
   * (`machine.bootloader()`), or because its thread stopped. It does not start again; start another.
   */
  get closed(): boolean {
    return this.#closed;
  }

  /** Plugs in a line within this process. Any number can be plugged in; all hear the board. */
  connect(): Promise<Link> {
    const link: DirectLink = new DirectLink({
      write: (data) => this.receive(data),
      close: () => this.unplug(link),
    });
    if (this.#closed) link.hangUp();
    else this.plugIn(link);
    return Promise.resolve(link);
  }

  /** Lets `listener` hear what the board sends. */
  plugIn(listener: Listener): void {
    this.#listeners.add(listener);
    this.#shared.listening = true;
    this.#pump();
  }

  /** Ends what {@linkcode plugIn} began. */
  unplug(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#shared.listening = false;
  }

  /** Sends bytes to the board. Resolves when it has taken them, or lost them. */
  receive(data: Uint8Array, arrival: Arrival = this.profile.overflow): Promise<void> {
    return this.#writing = this.#writing.then(() => this.#deliver(data, arrival));
  }

  started(): Promise<void> {
    return this.#closed ? Promise.resolve() : this.#starting.promise;
  }

  say(text: string): void {
    const data = new TextEncoder().encode(text);
    for (const listener of this.#listeners) void listener.hear(data);
  }

  onRestart(callback: () => void): () => void {
    this.#restartCallbacks.add(callback);
    return () => this.#restartCallbacks.delete(callback);
  }

  /** Presses the reset button. Resolves when the board has started again. */
  async reset(): Promise<void> {
    if (this.#closed) return;
    this.#shared.power = Power.reset;
    const noticed = await this.#poll(() => this.#shared.power === Power.on, POWER_PATIENCE_MS);
    if (noticed) return;
    // A program that does nothing but compute notices nothing; cutting the power always works.
    this.#worker.terminate();
    await this.#powerUp();
  }

  /** Takes the power away; all lines hang up. Resolves when every change of a file was told. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#shared.power = Power.off;
    for (const listener of this.#listeners) listener.hangUp();
    this.#listeners.clear();
    this.#spaceFreed?.();
    this.#starting.resolve();
    this.fileDesk.forget();
    // What its thread posted before it stopped comes before the news that it did; a program that
    // does nothing but compute does not stop by itself.
    await this.#poll(() => this.#stopped, POWER_PATIENCE_MS);
    this.#worker.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #powerUp(): Promise<void> {
    this.#restarts();
    this.#shared = SharedBoard.create(
      this.profile.receiveBytes,
      this.#options.transmitBytes ?? TRANSMIT_BYTES,
    );
    this.#shared.listening = this.#listeners.size > 0;
    this.#shared.wantOutput();
    this.#memory = undefined;
    const url = this.#options.workerUrl ?? new URL("./worker_entry.ts", import.meta.url);
    const worker = new Worker(url, { type: "module", name: BOARD_WORKER_NAME });
    this.#worker = worker;
    const powered = Promise.withResolvers<void>();
    worker.onmessage = ({ data }: MessageEvent<BoardMessage>) => {
      if (worker !== this.#worker) return;
      switch (data.kind) {
        case "ready":
          // Not before: what is posted to a thread that still loads its program is lost.
          worker.postMessage(this.#start());
          break;
        case "powered":
          this.#memory = {
            words: new Int32Array(data.memory),
            halves: new Int16Array(data.memory),
          };
          break;
        case "booted":
          this.#starting.resolve();
          powered.resolve();
          break;
        case "bell":
          this.#pump();
          this.#spaceFreed?.();
          break;
        case "file":
          this.#changed(data.change);
          break;
        case "answer":
          this.fileDesk.answered(data.answer);
          break;
        case "restarts":
          this.#restarts();
          break;
        case "stopped":
          this.#stopped = true;
          powered.reject(new Error(`The board "${this.name}" stopped: ${data.why}`));
          void this.close();
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#stopped = true;
      powered.reject(new Error(`The board "${this.name}" cannot start: ${event.message}`));
      void this.close();
    };
    const timer = setTimeout(
      () => powered.reject(new Error(`The board "${this.name}" did not start.`)),
      START_DEADLINE_MS,
    );
    try {
      await powered.promise;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    this.#pump();
    // Whoever waited for space in the ring of a board that was reset has it now.
    this.#spaceFreed?.();
  }

  #restarts(): void {
    this.#starting.resolve();
    this.#starting = Promise.withResolvers();
    this.fileDesk.forget();
    for (const callback of this.#restartCallbacks) callback();
  }

  #start(): BoardStart {
    return {
      name: this.name,
      profile: this.profile.name,
      control: this.#shared.control.buffer as SharedArrayBuffer,
      receive: this.#shared.receive.buffer,
      transmit: this.#shared.transmit.buffer,
      requests: this.#shared.requests.buffer,
      files: Array.from(this.#flash, ([path, data]) => ({ path, data })),
      seed: this.#options.seed,
      bootProgram: this.#options.bootProgram,
      freeBytes: this.#options.freeBytes,
    };
  }

  /** Hands output on for as long as there is some; one pump at a time, one chunk under way. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#listeners.size > 0 && !this.#closed) {
        const shared = this.#shared;
        // Wanting before looking: output that comes in between posts a bell.
        shared.wantOutput();
        const chunk = shared.transmit.take(CHUNK_BYTES);
        if (chunk.length === 0) return;
        shared.ring();
        const heard = [...this.#listeners].map((listener) => listener.hear(chunk));
        await Promise.all(heard);
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** What the interrupt handler of a serial port does with bytes that arrive. */
  async #deliver(data: Uint8Array, arrival: Arrival): Promise<void> {
    let from = 0;
    for (let at = 0; at < data.length; at++) {
      if (data[at] !== this.#interruptChar()) continue;
      await this.#store(data.subarray(from, at), arrival);
      // The program may have ended meanwhile: then it is a byte like any other.
      if (data[at] === this.#interruptChar()) {
        this.#interrupt();
        from = at + 1;
      } else {
        from = at;
      }
    }
    await this.#store(data.subarray(from), arrival);
  }

  async #store(data: Uint8Array, arrival: Arrival): Promise<void> {
    let rest = data;
    let progressMs = performance.now();
    while (rest.length > 0 && !this.#closed) {
      const { receive } = this.#shared;
      const count = receive.put(rest);
      if (count > 0) {
        this.#shared.ring();
        rest = rest.subarray(count);
        progressMs = performance.now();
        continue;
      }
      if (arrival === "lost") return;
      // Wanting before looking: space that is freed in between posts a bell.
      this.#shared.wantSpace();
      if (receive.free > 0) continue;
      const patienceMs = arrival === "drop"
        ? progressMs + OVERRUN_MS - performance.now()
        : Infinity;
      if (patienceMs <= 0) return;
      await this.#spaceOrTimeout(patienceMs);
    }
  }

  async #spaceOrTimeout(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#spaceFreed = resolve;
    const timer = timeoutMs === Infinity ? undefined : setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    this.#spaceFreed = undefined;
  }

  #interruptChar(): number {
    if (this.#memory === undefined || !this.#shared.running) return -1;
    return Atomics.load(this.#memory.words, ADDRESS.interruptChar / 4);
  }

  /** The words that `mp_sched_keyboard_interrupt()` writes; see interpreter/wasm_patch.ts. */
  #interrupt(): void {
    const { words, halves } = this.#memory!;
    Atomics.store(words, ADDRESS.keyboardTraceback / 4, 0);
    Atomics.store(words, ADDRESS.pendingException / 4, ADDRESS.keyboardInterrupt);
    Atomics.compareExchange(halves, ADDRESS.schedulerState / 2, 1, 0);
    this.#shared.ring();
  }

  #changed(change: FileChange): void {
    switch (change.kind) {
      case "write":
        this.#flash.set(change.path, change.data);
        break;
      case "mkdir":
        this.#flash.set(change.path, null);
        break;
      case "remove":
        this.#flash.delete(change.path);
        break;
      case "rename":
        for (const [path, data] of [...this.#flash]) {
          if (path !== change.from && !path.startsWith(`${change.from}/`)) continue;
          this.#flash.delete(path);
          this.#flash.set(change.to + path.slice(change.from.length), data);
        }
    }
    this.#options.onFileChange?.(change);
  }

  async #poll(condition: () => boolean, deadlineMs: number): Promise<boolean> {
    const end = performance.now() + deadlineMs;
    while (!condition()) {
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return true;
  }
}
