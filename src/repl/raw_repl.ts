/**
 * Running code on a board through its raw REPL, over any transport.
 *
 * This file has the engine's public face and its state. Getting hold of a board is in enter.ts,
 * sending code in send_code.ts and run_collected.ts, following its answer in follow_answer.ts,
 * stopping a program in interruption.ts; each knows one part of the protocol.
 */

import { encode } from "@/base/bytes.ts";
import type { Transport } from "@/transport/transport.ts";
import type { ExecOptions, ExecResult, Executor, OnOutput, Restarted } from "./executor.ts";
import { enter, type Line, synchronise } from "./enter.ts";
import { checkInput, feedProgram } from "./feed_program.ts";
import { Inbox } from "./inbox.ts";
import { type Failed, followAnswer } from "./follow_answer.ts";
import { Interruption } from "./interruption.ts";
import { CTRL_B } from "./protocol.ts";
import { ReplError } from "./repl_error.ts";
import { looksRestarted } from "./reset_watch.ts";
import { restart } from "./restart.ts";
import { asTyped } from "./collect_code.ts";
import { forgetCollected, runCollected } from "./run_collected.ts";
import {
  checkCode,
  type Delivery,
  exitError,
  pasteCode,
  type Pasted,
  pasteFirstCode,
  typeLine,
} from "./send_code.ts";
import type { AnswerEnd } from "./splitter.ts";
import { DEFAULT_TIMEOUTS, type ReplTimeouts, SAFE_TYPED_BYTES } from "./timeouts.ts";

/** What entering may be told. */
export interface EnterOptions {
  /** Gives up when it aborts, with its reason. */
  signal?: AbortSignal;
  /** Deadlines that differ from {@linkcode DEFAULT_TIMEOUTS}. */
  timeouts?: Partial<ReplTimeouts>;
}

/** So long after code is sent a board may still be compiling it. */
const START_MS = 500;

/** A board at the prompt of its raw REPL. */
export class RawRepl implements Executor, AsyncDisposable {
  readonly #line: Line;
  /** Whether the board is known to be at the prompt. */
  #ready = false;
  #busy = false;
  /** Whether it seems to have restarted since it was last used. */
  #restarted = false;
  /** Whether what the board last said was said to us. */
  #certain = true;
  /** Whether this board does raw paste; undefined until it was asked. */
  #paste: boolean | undefined;
  /** The window that it granted, in bytes. */
  #window = 0;
  /** How to stop the program that runs; undefined while none does. */
  #running: Interruption | undefined;
  /** How many bytes programs have printed. */
  #printed = 0;
  /** Whether it was given input, which it need not have read. */
  #fed = false;
  /** Whether there is code on the board that was collected and has not run. */
  #collected = false;

  private constructor(transport: Transport, options: EnterOptions) {
    const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#line = { transport, inbox: new Inbox(transport), timeouts };
  }

  /**
   * Brings the board at the other end of `transport` to its raw REPL, interrupting what it runs.
   * The transport stays the caller's: {@linkcode leave} does not close it.
   *
   * @throws {ReplError} `silent` when nothing comes back, `busy` when the board runs a program
   * that does not stop, `protocol` when it sends something else.
   * @throws {TransportError} when the connection breaks.
   * @throws the signal's reason when it aborts.
   */
  static async enter(transport: Transport, options: EnterOptions = {}): Promise<RawRepl> {
    const repl = new RawRepl(transport, options);
    await repl.#use(() => Promise.resolve(repl.#ready = true), options.signal);
    return repl;
  }

  /**
   * Whether the board is known to be at its prompt. When it is not, because it restarted or went
   * out of step, the next call enters the raw REPL again first.
   */
  get ready(): boolean {
    return this.#ready;
  }

  /**
   * Runs `code` and hands on what it prints. What it raises is a result.
   *
   * When `signal` aborts, the program gets Ctrl-C, its output is followed to the end, and this
   * returns. An `onOutput` that throws stops the program likewise; its error is then thrown.
   *
   * @throws {ReplError} `reset` when the board restarted meanwhile; `exit` when the code ended the
   * interpreter; `busy` when the program could not be interrupted; `timeout` when it was, after
   * `deadlineMs`; `protocol` when the board does not answer as a raw REPL does. After all but
   * `exit` and `timeout` the board is not at its prompt.
   * @throws {TransportError} when the connection breaks.
   * @throws {UsageError} when `code` holds a character that no raw REPL takes.
   * @throws the signal's reason when it had aborted before, or does while the board is entered.
   */
  async exec(code: string, options: ExecOptions = {}): Promise<ExecResult> {
    const bytes = encode(code);
    checkCode(bytes);
    // An empty line and Ctrl-D would be a soft reset.
    if (bytes.length === 0) return { stderr: "", interrupted: false };
    return await this.#use(() => this.#exec(bytes, options), options.signal);
  }

  /**
   * Types `bytes` into the program that runs, as its standard input, while {@linkcode exec} is
   * pending. They go out slowly enough for the smallest receive ring, where a program reads them as
   * they come; where it prints what it reads (`isEchoed`), each part waits for the echo of the one
   * before. Whatever is left when the program ends or is interrupted is not sent.
   *
   * @throws {ReplError} `timeout` when the board does not take them in time.
   * @throws {TransportError} when the connection breaks.
   * @throws {UsageError} when `bytes` hold a character that a REPL takes as a command.
   * @throws the signal's reason when it aborts.
   */
  async feed(
    bytes: Uint8Array,
    { signal, isEchoed = false }: { signal?: AbortSignal; isEchoed?: boolean } = {},
  ): Promise<void> {
    checkInput(bytes);
    const running = this.#running;
    this.#fed = true;
    const before = this.#printed;
    await feedProgram(this.#line, {
      bytes,
      signal,
      echoed: isEchoed ? () => this.#printed - before : undefined,
      goesOn: () => running !== undefined && this.#running === running && !running.begun,
    });
  }

  /**
   * Hands `bytes` to the program that runs, while {@linkcode exec} is pending. Nothing is sent when
   * it has ended or is being interrupted.
   *
   * @throws {TransportError} when the connection breaks.
   * @throws the signal's reason when it aborts; a part of `bytes` may have been sent.
   */
  async send(bytes: Uint8Array, options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#running === undefined || this.#running.begun) return;
    await this.#line.transport.write(bytes, options);
  }

  /**
   * Restarts the interpreter. Variables are gone, files stay; boot.py runs, main.py does not.
   *
   * @param options `onOutput` takes what boot.py prints; `signal` interrupts boot.py
   * @returns `ended` where the interpreter itself served the connection
   * @throws {ReplError} when the board is not back in time.
   * @throws {TransportError} when the connection breaks.
   */
  softReset(options: Pick<ExecOptions, "onOutput" | "signal"> = {}): Promise<Restarted> {
    return this.#use(async () => {
      const restarted = await restart(this.#line, options);
      this.#ready = restarted === "ready";
      return restarted;
    }, options.signal);
  }

  readonly canFeed = true;

  /** Whether code runs, or the board is being brought to its prompt. */
  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Notices while the board is idle when the connection breaks. Resolves when the board is used
   * again. What it says meanwhile is kept for the next code's output, up to a limit.
   *
   * @throws {TransportError} when the connection breaks.
   */
  async watch(): Promise<void> {
    if (!this.#busy) await this.#line.inbox.watch();
  }

  /** Has the next call enter the raw REPL anew, for somebody else has spoken to the board. */
  doubt(): void {
    if (!this.#busy) this.#ready = false;
  }

  /**
   * Ends {@linkcode watch}. Resolves to false when the board seems to have restarted, as one behind a
   * USB-to-serial chip does without breaking the connection; then the next call enters anew.
   *
   * @throws {TransportError} when the connection broke meanwhile.
   */
  async endWatch(): Promise<boolean> {
    if (this.#busy) return true;
    const { inbox } = this.#line;
    await inbox.endWatch();
    if (this.#ready && looksRestarted(inbox.ahead)) {
      this.#ready = false;
      this.#restarted = true;
    }
    return !this.#restarted;
  }

  /**
   * Back to the friendly REPL, as a person at a terminal expects it. Its banner is left to read.
   * The transport stays open, and nothing of it is being read any more.
   *
   * @param options `stay`: remain in the raw REPL, for a board that forgets its variables otherwise
   */
  async leave({ stay = false }: { stay?: boolean } = {}): Promise<void> {
    const { transport, inbox } = this.#line;
    await inbox.pause();
    if (!this.#ready || stay) return;
    this.#ready = false;
    await transport.write(Uint8Array.of(CTRL_B));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  /** Runs `work` at the prompt. It says itself when the board is there again. */
  async #use<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.#busy) throw new Error("the board is in use");
    signal?.throwIfAborted();
    this.#busy = true;
    try {
      await this.#line.inbox.pause();
      if (!this.#ready) {
        // It may have restarted, with other firmware even.
        this.#paste = undefined;
        this.#window = 0;
        this.#certain = await enter(this.#line, signal ? { signal } : {});
      }
      this.#ready = false;
      this.#restarted = false;
      return await work();
    } finally {
      this.#busy = false;
      await this.#line.inbox.pause();
    }
  }

  async #exec(code: Uint8Array, options: ExecOptions): Promise<ExecResult> {
    // It may have aborted while the board was entered: nobody listened in between.
    if (options.signal?.aborted) {
      this.#ready = true;
      return { stderr: "", interrupted: true, unsent: true };
    }
    const { transport, timeouts } = this.#line;
    const interruption = new Interruption(transport, timeouts);
    const onOutput: OnOutput = (chunk) => {
      this.#printed += chunk.length;
      return options.onOutput?.(chunk);
    };
    const delivery: Delivery = { line: this.#line, code, interruption, onOutput };
    const { end, late, unsent } = await this.#run(delivery, options);
    await this.#tidy(delivery);
    this.#ready = true;
    if ("failure" in end) throw end.failure;
    if (end.restarted) throw exitError(transport.address);
    if (late) throw lateError(transport.address, options.deadlineMs!);
    return {
      stderr: this.#traceback(end.stderr, code),
      interrupted: interruption.begun,
      ...(unsent && { unsent }),
    };
  }

  /**
   * Sends the code and follows the answer to its end. Only until then does the signal send Ctrl-C:
   * one that came later would meet the next cell.
   */
  async #run(
    delivery: Delivery,
    { signal, deadlineMs }: ExecOptions,
  ): Promise<{ end: AnswerEnd | Failed; late: boolean; unsent?: true }> {
    const { line: { inbox }, interruption } = delivery;
    let startedAt = Infinity;
    const stop = () => {
      interruption.begin({ atStart: performance.now() < startedAt + START_MS });
      inbox.wake();
    };
    let late = false;
    const timer = deadlineMs === undefined ? undefined : setTimeout(() => {
      late = !interruption.begun;
      stop();
    }, deadlineMs);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const delivered = await this.#deliver(delivery);
      startedAt = performance.now();
      if (delivered === "cancelled") return { end: NOTHING, late, unsent: true };
      if (delivered !== "running") return { end: delivered, late };
      const unsent = interruption.begun;
      this.#running = interruption;
      this.#fed = false;
      return { end: await followAnswer(delivery), late, ...(unsent && { unsent }) };
    } finally {
      this.#running = undefined;
      // The mere name of clearTimeout has Deno load its timers: 4 ms of a short command.
      if (timer !== undefined) clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  async #pasteCode(delivery: Delivery): Promise<Pasted> {
    if (!this.#certain) {
      this.#certain = true;
      const pasted = await pasteFirstCode(delivery);
      if (pasted !== undefined) return pasted;
      await synchronise(this.#line);
    }
    return await pasteCode(delivery, { knownWindow: this.#window });
  }

  /** @returns how it ended, if it has ended before the code ran */
  async #deliver(delivery: Delivery): Promise<"running" | "cancelled" | AnswerEnd | Failed> {
    if (this.#paste !== false) {
      const { delivered, window } = await this.#pasteCode(delivery);
      this.#window = window;
      if (window > 0) this.#paste = true;
      if (delivered !== "unsupported") return delivered;
      this.#paste = false;
    }
    if (!isLong(delivery.code)) return await typeLine(delivery);
    this.#collected = true;
    const delivered = await runCollected(delivery);
    this.#collected = delivered !== "running";
    return delivered;
  }

  /** What a board says of `code`; without raw paste, it may have called code by other names. */
  #traceback(stderr: string, code: Uint8Array): string {
    return this.#paste ? stderr : asTyped(stderr, { isCollected: isLong(code) });
  }

  /** Sees to it that nothing of this cell is left over for the next. */
  async #tidy({ interruption }: Delivery): Promise<void> {
    // A Ctrl-C may have come too late for the program and be pending on the board.
    // Input that it did not read is at the prompt now.
    if (interruption.begun || this.#fed) await synchronise(this.#line);
    if (!this.#collected) return;
    this.#collected = false;
    await forgetCollected(this.#line);
  }
}

function isLong(code: Uint8Array): boolean {
  return code.length >= SAFE_TYPED_BYTES;
}

const NOTHING: AnswerEnd = { stderr: "", restarted: false, rest: new Uint8Array() };

function lateError(address: string, deadlineMs: number): ReplError {
  return new ReplError(
    "timeout",
    address,
    `The code on the board at ${address} was interrupted: it ran for more than ` +
      `${deadlineMs / 1000} s.`,
  );
}
