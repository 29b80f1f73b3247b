/**
 * Running code on a board that serves iot49's own protocol.
 *
 * Source: iot49/iot-device, mp_protocol.py. Commands are lines: `evex`, `fget`, `fput`; lengths are
 * in decimal and count bytes; output and error each end with 0x04. There is no way to interrupt a
 * program, to type into it, or to restart the board.
 */

import { concat, encode, printable } from "@/base/bytes.ts";
import { UsageError } from "@/base/errors.ts";
import { type Transport, TransportError } from "@/transport/transport.ts";
import type { ExecOptions, ExecResult, Executor } from "./executor.ts";
import { Inbox } from "./inbox.ts";
import { EOT } from "./protocol.ts";
import { ReplError } from "./repl_error.ts";

const LINE_END = encode("\n");
const ACCEPTED = "OK";
/** A board compiles all of the code before it answers; iot49's client gives it as long. */
const COMPILE_MS = 60_000;
/** How long the answer to anything else may take. Writing a file to flash does. */
const ANSWER_MS = 30_000;

/** A line of 9,600 baud. */
const SLOWEST_MS_PER_BYTE = 1;

/** A board that waits for commands. */
export class MpClient implements Executor {
  readonly canFeed = false;
  readonly #transport: Transport;
  readonly #inbox: Inbox;
  #busy = false;

  /**
   * Speaks with the board at the other end of `transport`, which is logged in to it. The transport
   * stays the caller's, but is closed when a program has to be given up.
   */
  constructor(transport: Transport) {
    this.#transport = transport;
    this.#inbox = new Inbox(transport);
  }

  get ready(): boolean {
    return !this.#busy;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Runs `code` and hands on what it prints. What it raises is a result.
   *
   * As no program can be interrupted, one that is to be is left alone: the connection is closed.
   *
   * @throws {ReplError} `protocol` when the board does not answer as it should; it is closed then.
   * @throws {TransportError} `closed` when the signal aborts or the time is over; as reads do.
   * @throws what `onOutput` throws; the connection is closed then.
   */
  async exec(code: string, options: ExecOptions = {}): Promise<ExecResult> {
    const { onOutput = () => {}, signal, deadlineMs } = options;
    const bytes = encode(code);
    if (bytes.length === 0) return { stderr: "", interrupted: false };
    return await this.#use({ signal, deadlineMs }, async () => {
      await this.#send(`evex\n${bytes.length}\n`, bytes);
      const answer = await this.#line(COMPILE_MS);
      if (answer !== ACCEPTED) throw this.#protocolError("evex", answer);
      await this.#section(onOutput);
      const stderr: Uint8Array[] = [];
      await this.#section((chunk) => void stderr.push(chunk));
      return { stderr: new TextDecoder().decode(concat(stderr)), interrupted: false };
    });
  }

  /**
   * Reads a file of the board.
   *
   * @throws {ReplError} `exception` with the board's words when it cannot be read.
   * @throws {TransportError} when the connection breaks.
   */
  async fget(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    checkPath(path);
    return await this.#use({ signal }, async () => {
      await this.#send(`fget\n${path}\n`);
      await this.#accepted(`read "${path}"`);
      const size = await this.#line(ANSWER_MS);
      if (!/^\d+$/.test(size)) throw this.#protocolError("fget", size);
      const withinMs = ANSWER_MS + Number(size) * SLOWEST_MS_PER_BYTE;
      const data = await this.#inbox.take(Number(size), { withinMs });
      if (data === undefined) throw this.#silent("fget");
      return data;
    });
  }

  /**
   * Writes a file on the board, over the one that is there.
   *
   * @throws {ReplError} `exception` with the board's words when it cannot be written.
   * @throws {TransportError} when the connection breaks.
   */
  async fput(
    path: string,
    data: Uint8Array,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<void> {
    checkPath(path);
    return await this.#use({ signal }, async () => {
      await this.#send(`fput\n${path}\n${data.length}\n`, data);
      await this.#accepted(`write "${path}"`);
    });
  }

  /** @throws {ReplError} `unsupported`. */
  feed(): Promise<void> {
    return Promise.reject(this.#unsupported("type into a program"));
  }

  /** @throws {ReplError} `unsupported`. */
  send(): Promise<void> {
    return Promise.reject(this.#unsupported("speak with a program"));
  }

  /** @throws {ReplError} `unsupported`. */
  softReset(): Promise<never> {
    return Promise.reject(this.#unsupported("restart the board"));
  }

  async watch(): Promise<void> {
    if (!this.#busy) await this.#inbox.watch();
  }

  async endWatch(): Promise<boolean> {
    if (!this.#busy) await this.#inbox.endWatch();
    return true; // a restart ends the connection
  }

  /** Whoever else speaks to the board does so over a connection of their own. */
  doubt(): void {}

  async leave(): Promise<void> {
    await this.#inbox.pause();
  }

  /** Runs one command. One that is given up, or goes wrong midway, ends the connection. */
  async #use<T>(
    { signal, deadlineMs }: { signal: AbortSignal | undefined; deadlineMs?: number | undefined },
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.#busy) throw new Error("the board is in use");
    signal?.throwIfAborted();
    this.#busy = true;
    let cut = false;
    const cutOff = () => {
      cut = true;
      void this.#transport.close();
    };
    const timer = deadlineMs === undefined ? undefined : setTimeout(cutOff, deadlineMs);
    signal?.addEventListener("abort", cutOff, { once: true });
    try {
      await this.#inbox.pause();
      // What nobody asked for would be taken for the answer.
      this.#inbox.clear();
      return await work();
    } catch (error) {
      if (cut) throw this.#cutError();
      const inStep = error instanceof ReplError && error.code === "exception";
      // Nothing tells where the next answer would begin.
      if (!inStep) await this.#transport.close();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cutOff);
      this.#busy = false;
      await this.#inbox.pause();
    }
  }

  /** In one write, as a board reads it faster then. */
  async #send(head: string, body: Uint8Array = new Uint8Array()): Promise<void> {
    await this.#transport.write(concat([encode(head), body]));
  }

  async #accepted(what: string): Promise<void> {
    const answer = await this.#line(ANSWER_MS);
    if (answer === ACCEPTED) return;
    const { address } = this.#transport;
    const message = `The board at ${address} could not ${what}: ${answer || "it said nothing"}.`;
    throw new ReplError("exception", address, message);
  }

  async #line(withinMs: number): Promise<string> {
    const found = await this.#inbox.until([LINE_END], { withinMs });
    if (found === undefined) throw this.#silent("a command");
    return new TextDecoder().decode(found.before).trimEnd();
  }

  /** Hands on what comes up to the next 0x04. */
  async #section(onChunk: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
    for (;;) {
      const chunk = await this.#inbox.next();
      if (chunk === undefined) continue;
      const end = chunk.indexOf(EOT);
      const data = end === -1 ? chunk : chunk.subarray(0, end);
      if (end !== -1) this.#inbox.unread(chunk.subarray(end + 1));
      if (data.length > 0) await onChunk(data);
      if (end !== -1) return;
    }
  }

  #protocolError(command: string, answer: string): ReplError {
    const { address } = this.#transport;
    return new ReplError(
      "protocol",
      address,
      `The board at ${address} does not answer "${command}" as iot49's protocol does, but with ` +
        `${printable(encode(answer))}. Connect again.`,
      { received: encode(answer) },
    );
  }

  #silent(command: string): ReplError {
    const { address } = this.#transport;
    return new ReplError(
      "silent",
      address,
      `The board at ${address} has not answered ${command} in time. Reset it.`,
    );
  }

  #cutError(): TransportError {
    const { address } = this.#transport;
    return new TransportError(
      "closed",
      address,
      `What the board at ${address} does cannot be interrupted: mp:// has no way to. The connection ` +
        "was closed, and its program may go on; reset the board to end it.",
    );
  }

  #unsupported(what: string): ReplError {
    const { address } = this.#transport;
    return new ReplError(
      "unsupported",
      address,
      `Cannot ${what} at ${address}: mp:// has no way to. Connect by serial:// or ws:// for that.`,
    );
  }
}

/** A path stands in a line of its own. */
function checkPath(path: string): void {
  if (path !== "" && !/[\r\n]/.test(path)) return;
  throw new UsageError(`${JSON.stringify(path)} is not a path of a file on a board.`);
}
