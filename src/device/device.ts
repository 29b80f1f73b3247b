/** One board: who it is, and how to run code on it. */

import { printable } from "@/base/bytes.ts";
import { Interrupted } from "@/base/errors.ts";
import { logger } from "@/base/log.ts";
import { failed, OK, type Outcome } from "@/base/outcome.ts";
import type {
  ExecOptions as RawExecOptions,
  ExecResult,
  Executor,
  OnOutput,
} from "@/repl/executor.ts";
import { RawRepl } from "@/repl/raw_repl.ts";
import type { ReplTimeouts } from "@/repl/timeouts.ts";
import { ReplError } from "@/repl/repl_error.ts";
import {
  type ModemLines,
  type Transport,
  TransportError,
  type TransportTrace,
} from "@/transport/transport.ts";
import { explain } from "./explain.ts";
import { compact } from "./compact.ts";
import hook from "./input_hook.py" with { type: "text" };
import refuse from "./input_refuse.py" with { type: "text" };
import unhook from "./input_unhook.py" with { type: "text" };
import { NewlineDecoder } from "./newlines.ts";
import { outcomeOfTraceback } from "./traceback.ts";

/** Who a board says it is. */
export interface Identity {
  /** `machine.unique_id()` in lower-case hex, bytes joined by `:`; empty where it has none. */
  readonly uid: string;
  /** `sys.platform`, e.g. `esp32`. */
  readonly platform: string;
  /** `micropython` or `circuitpython`. */
  readonly implementation: string;
  /** `sys.implementation.version`, e.g. `1.27.0`. */
  readonly version: string;
  /** `os.uname().machine`; empty where the board does not say. */
  readonly machine: string;
}

/** What running code may be told. */
export interface ExecOptions {
  /** Takes standard output, newlines as the program wrote them. */
  onOutput?: OnOutput;
  /** Interrupts the code with Ctrl-C when it aborts. */
  signal?: AbortSignal;
  /** Interrupts the code after so many milliseconds; without it, it may run for ever. */
  deadlineMs?: number;
  /** The number that the code's first line has in tracebacks; 1 where not given. */
  firstLine?: number;
}

/** What getting hold of a board may be told. */
export interface AttachOptions {
  readonly signal?: AbortSignal;
  /** Deadlines of the raw REPL that differ from the usual ones. */
  readonly timeouts?: Partial<ReplTimeouts>;
  /** How long a program of ours may take, in milliseconds; 20 s where not given. */
  readonly ownProgramMs?: number | undefined;
}

/**
 * How long a program of ours may take, in milliseconds: all are done in a second. A board that went
 * mute just then must not be waited for.
 */
const OWN_PROGRAM_MS = 20_000;

/** How long putting something of the board's back may take before it is let go, in milliseconds. */
const FAREWELL_MS = 2_000;

const log = logger("device");

/** A board that is connected and ready to run code. */
export class Device implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #repl: Executor;
  #identity: Identity | undefined;
  #life: string | undefined;
  #restarts = 0;
  /** What is to be put back before a CircuitPython board is let go. */
  #farewell: string | undefined;
  #lost = false;
  #endedByReset = false;
  /** Whether input() on the board tells us that it waits. A restart ends that. */
  #hooked = false;
  readonly #ownProgramMs: number;

  private constructor(transport: Transport, repl: Executor, options: AttachOptions) {
    this.#transport = transport;
    this.#repl = repl;
    this.#ownProgramMs = options.ownProgramMs ?? OWN_PROGRAM_MS;
  }

  /**
   * Gets hold of the board at the other end of `transport`, stopping what it runs. Takes over the
   * transport: it is closed with the device, or at once when this fails.
   *
   * @throws {ReplError} when there is no board that answers.
   * @throws {TransportError} when the connection breaks.
   */
  static async attach(
    transport: Transport,
    options: AttachOptions = {},
  ): Promise<Device> {
    try {
      return new Device(transport, await takeHold(transport, options), options);
    } catch (error) {
      await transport.close();
      throw error;
    }
  }

  /** The address that it was reached at. */
  get url(): string {
    return this.#transport.address;
  }

  /** Whether the board went away: unplugged, or its connection closed. Connect anew then. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Whether it is lost because {@linkcode softReset} ended its connection. */
  get endedByReset(): boolean {
    return this.#endedByReset;
  }

  /** The modem lines of its port, where the way to it can carry any. */
  get modem(): ModemLines | undefined {
    return this.#transport.modem;
  }

  /** Where what it is told and says is recorded, if anybody records. */
  get trace(): TransportTrace | undefined {
    return this.#transport.trace;
  }

  /** Whether something runs on it just now. */
  get busy(): boolean {
    return this.#repl.busy;
  }

  /** Who it is; asked once. */
  async identity(options: { signal?: AbortSignal } = {}): Promise<Identity> {
    if (this.#identity === undefined) {
      const { askIdentity } = await import("./identify.ts");
      const { identity, life } = await askIdentity(this, options);
      this.#life = life;
      this.#identity = identity;
      if (identity.implementation === "circuitpython") {
        const { holdReloads } = await import("./circuitpython.ts");
        this.#farewell = await holdReloads(this, options);
      }
    }
    return this.#identity;
  }

  /** Who it is, if it was asked already. */
  get knownIdentity(): Identity | undefined {
    return this.#identity;
  }

  /**
   * A word that stays the same while the interpreter keeps its variables; undefined where the board
   * cannot keep one, or {@linkcode identity} was not asked.
   */
  get life(): string | undefined {
    return this.#life;
  }

  /**
   * Notices when the board goes away while nobody uses it. Resolves then, with {@linkcode lost}
   * set, or when the board is used again.
   */
  async watch(): Promise<void> {
    if (this.#lost) return;
    try {
      await this.#watch(this.#repl.watch());
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }

  /** Has the next use enter the board anew, for somebody else has spoken to it, by air say. */
  doubt(): void {
    this.#repl.doubt();
  }

  /**
   * Ends {@linkcode watch}; tells whether the board is still there and as it was, as far as that was
   * noticed. One that seems to have restarted must be connected to anew.
   */
  async endWatch(): Promise<boolean> {
    if (this.#lost) return false;
    try {
      return await this.#watch(this.#repl.endWatch());
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return false;
    }
  }

  /**
   * Runs Python and hands on what it prints, as it comes. An exception on the board is an outcome.
   *
   * @throws {ReplError} when the board does not answer as it should, or reset itself midway.
   * @throws {TransportError} when the connection breaks.
   */
  async exec(code: string, options: ExecOptions = {}): Promise<Outcome> {
    const { onOutput, signal, deadlineMs, firstLine = 1 } = options;
    const decoder = new NewlineDecoder();
    const text = "\n".repeat(firstLine - 1) + code;
    const { stderr, unsent } = await this.#watch(this.#repl.exec(text, {
      ...(signal && { signal }),
      ...(deadlineMs !== undefined && { deadlineMs }),
      onOutput: (chunk) => onOutput?.(decoder.decode(chunk)),
    }));
    await onOutput?.(decoder.end());
    if (stderr !== "") return explain(outcomeOfTraceback(stderr), this.#identity);
    // Code that caught the interrupt itself has done what it wanted. Code that may not even have
    // begun must not be taken for done by whoever waits for its effects.
    return unsent ? failed(new Interrupted()) : OK;
  }

  /**
   * Runs Python of ours, which is done soon, and returns what it prints.
   *
   * @throws {ReplError} `exception` when the code raises, `timeout` or `busy` when it takes longer
   * than 20 s, besides what {@linkcode exec} throws.
   */
  async evaluate(code: string, options: { signal?: AbortSignal } = {}): Promise<string> {
    let output = "";
    const decoder = new TextDecoder();
    const outcome = await this.exec(code, {
      ...options,
      deadlineMs: this.#ownProgramMs,
      onOutput: (chunk) => void (output += decoder.decode(chunk, { stream: true })),
    });
    options.signal?.throwIfAborted();
    if (outcome.status === "error") {
      throw new ReplError("exception", this.url, outcome.traceback.join("\n"));
    }
    return output;
  }

  /**
   * Makes input() on the board say that it waits, as BoardOutput understands it, until the board
   * restarts or is let go; where no answer could be typed, it raises instead. Does nothing where that
   * is so already.
   *
   * @throws what {@linkcode exec} throws.
   */
  async hookInput(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#hooked) return;
    const program = compact(this.#repl.canFeed ? hook : refuse);
    const outcome = await this.exec(program, { ...options, deadlineMs: this.#ownProgramMs });
    // A board without the memory for it still has its own input(): no reason to stop.
    this.#hooked = outcome.status === "ok";
  }

  /**
   * Types `bytes` into the program that runs, while {@linkcode exec} is pending.
   *
   * @throws what {@linkcode Executor.feed} throws.
   */
  feed(
    bytes: Uint8Array,
    options: { signal?: AbortSignal; isEchoed?: boolean } = {},
  ): Promise<void> {
    return this.#watch(this.#repl.feed(bytes, options));
  }

  /**
   * Runs Python of ours that speaks in bytes: its output comes as the board sends it, and
   * {@linkcode send} hands it bytes meanwhile.
   *
   * @throws what {@linkcode exec} throws.
   */
  converse(code: string, options: RawExecOptions): Promise<ExecResult> {
    return this.#watch(this.#repl.exec(code, options));
  }

  /**
   * Hands `bytes` to the program that runs by {@linkcode converse}, all at once and as they are.
   *
   * @throws {ReplError} `unsupported` where the protocol has no way to.
   * @throws {TransportError} when the connection breaks.
   */
  send(bytes: Uint8Array, options: { signal?: AbortSignal } = {}): Promise<void> {
    return this.#watch(this.#repl.send(bytes, options));
  }

  /** How often the interpreter restarted by {@linkcode softReset}: what was learnt of it is void. */
  get restarts(): number {
    return this.#restarts;
  }

  /**
   * Restarts the interpreter: variables are gone, files stay; boot.py runs, main.py does not. Where
   * that ends the connection, as with a WebREPL, the device is {@linkcode lost} then.
   *
   * @param options `onOutput` takes what boot.py prints
   */
  async softReset(options: Pick<ExecOptions, "onOutput" | "signal"> = {}): Promise<void> {
    const { onOutput, signal } = options;
    const decoder = new NewlineDecoder();
    log.info(() => `${this.url}: soft reset`);
    this.#hooked = false;
    const restarted = await this.#watch(this.#repl.softReset({
      ...(signal && { signal }),
      onOutput: (chunk) => onOutput?.(decoder.decode(chunk)),
    }));
    this.#restarts++;
    if (restarted === "ended") this.#lost = this.#endedByReset = true;
    await onOutput?.(decoder.end());
  }

  /**
   * Lets the board go: back to its friendly REPL, and the connection closed. CircuitPython stays in
   * its raw REPL, as it forgets all variables upon leaving.
   */
  async close(): Promise<void> {
    try {
      await this.detach();
    } finally {
      await this.#transport.close();
    }
  }

  /** Lets the board go likewise, and hands over its connection, which stays open. */
  async detach(): Promise<Transport> {
    try {
      await this.#unhookInput();
      if (this.#farewell) await this.#sayFarewell(this.#farewell);
      if (!this.#lost) await this.#repl.leave({ stay: this.#farewell !== undefined });
    } catch (error) {
      // The board went away; letting go is all that was wanted.
      if (!(error instanceof TransportError)) throw error;
    }
    return this.#transport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Gives the board its own input() back, if it is there to take it. */
  async #unhookInput(): Promise<void> {
    if (!this.#hooked) return;
    this.#hooked = false;
    await this.#sayFarewell(compact(unhook));
  }

  /** Puts something of the board's back before it is let go, if it is there to take it. */
  async #sayFarewell(code: string): Promise<void> {
    if (this.#lost || !this.#repl.ready) return;
    try {
      await this.#watch(this.#repl.exec(code, { deadlineMs: FAREWELL_MS }));
    } catch (error) {
      // What is left works at a terminal as well, so that letting go need not fail for it.
      if (!(error instanceof ReplError || error instanceof TransportError)) throw error;
    }
  }

  /** Uses the connection, and notices when it is lost, or what was set up on the board is. */
  async #watch<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof ReplError) {
        this.#hooked = false;
        // The interpreter served the connection: its end is on its way, if it has not come.
        if (error.code === "exit" && this.#transport.endsOnRestart) this.#lost = true;
        log.info(() => `${this.url}: ${describe(error)}`);
      }
      if (error instanceof TransportError) {
        this.#lost = true;
        log.info(() => `${this.url} is lost (${error.code}): ${error.message}`);
      }
      throw error;
    }
  }
}

function describe({ code, received, message }: ReplError): string {
  const came = received.length === 0 ? "" : `; the last that came is ${printable(received, 500)}`;
  return `${code}${came}; ${message}`;
}

/** Gets hold of a board by the protocol that it speaks. */
async function takeHold(
  transport: Transport,
  options: AttachOptions,
): Promise<Executor> {
  if (transport.protocol === undefined) return await RawRepl.enter(transport, options);
  const { MpClient } = await import("@/repl/mp_client.ts");
  return new MpClient(transport);
}
