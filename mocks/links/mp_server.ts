/**
 * iot49's `mp` server, as its programs ran it on their boards: a greeting, a password, then commands
 * in lines. To a port it is the board, so that a line's faults happen to what is on the wire.
 */

import { BoardFileError } from "../file_desk.ts";
import { ByteQueue, QueueEnd } from "./byte_queue.ts";
import type { Listener } from "./link.ts";
import type { Plug, Server } from "./plug.ts";

/** iot49's iot-device, mp_device.py. */
const GREETING = "ns-V1\n";
const OK = "OK\n";
/** Ends a command's output, and its error. */
const EOT = 0x04;
/** How much of a file is moved at once; mp_protocol.py reads as much. */
const PIECE_BYTES = 512;
/** Longer than any path or number; a client that sends more in a line is none of ours. */
const MAX_LINE_BYTES = 1024;
const RAW_PROMPT = "raw REPL; CTRL-B to exit\r\n>";

const latin = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** The server of one board. It has one client at a time, which the port in front of it sees to. */
export class MpServer implements Plug, AsyncDisposable {
  readonly #board: Plug & Server;
  readonly #password: string;
  readonly #endRestarts: () => void;
  #client: { listener: Listener; session: MpClient; served: Promise<void> } | undefined;

  constructor(board: Plug & Server, password: string) {
    this.#board = board;
    this.#password = password;
    this.#endRestarts = board.onRestart(() => this.#client?.listener.hangUp());
  }

  receive(data: Uint8Array): Promise<void> {
    this.#client?.session.heard.push(data);
    return Promise.resolve();
  }

  plugIn(listener: Listener): void {
    const session = new MpClient(this.#board, { password: this.#password, listener });
    const served = session.serve().then(() => listener.hangUp());
    this.#client = { listener, session, served };
  }

  unplug(listener: Listener): void {
    if (this.#client?.listener === listener) this.#client.session.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endRestarts();
    this.#client?.session.end();
    await this.#client?.served;
  }
}

/** One client, from greeting to `bye`. */
class MpClient {
  /** What it sent. */
  readonly heard = new ByteQueue();
  readonly #board: Plug & Server;
  readonly #listener: Listener;
  readonly #password: string;
  readonly #gone = Promise.withResolvers<never>();

  constructor(board: Plug & Server, options: { password: string; listener: Listener }) {
    this.#board = board;
    this.#gone.promise.catch(() => {});
    this.#listener = options.listener;
    this.#password = options.password;
  }

  /** It is gone: whatever is being waited for is not. */
  end(): void {
    this.heard.end();
    this.#gone.reject(new QueueEnd("The client is gone."));
  }

  /** Serves until it says `bye`, says nonsense, or goes. */
  async serve(): Promise<void> {
    try {
      await Promise.race([this.#serveCommands(), this.#gone.promise]);
    } catch (error) {
      if (error instanceof BadNumber) return await this.#say(`${error.message}\n`);
      if (!(error instanceof QueueEnd) && !isGone(error)) throw error;
    }
  }

  async #serveCommands(): Promise<void> {
    await this.#board.started();
    await this.#say(GREETING);
    const password = String.fromCharCode(...new TextEncoder().encode(this.#password));
    if (await this.#line() !== password) return await this.#say("Wrong password\n");
    await this.#say(OK);
    for (;;) {
      const command = await this.#line();
      if (command === "evex") await this.#evex();
      else if (command === "fget") await this.#fget();
      else if (command === "fput") await this.#fput();
      else if (command === "bye") return;
      else return await this.#say(`Unknown command ${command}\n`);
    }
  }

  async #evex(): Promise<void> {
    const code = await this.heard.take(await this.#number());
    const repl = new RawSession(this.#board);
    // A client that goes away leaves its program running; the server gives it up.
    try {
      this.#gone.promise.catch(() => repl.end());
      await repl.start(code);
      await this.#say(OK);
      for (let ends = 0; ends < 2;) {
        const data = await repl.output();
        ends += data.filter((byte) => byte === EOT).length;
        await this.#listener.hear(data);
      }
    } finally {
      repl.close();
    }
  }

  async #fget(): Promise<void> {
    const path = text(latin(await this.#line()));
    try {
      const file = await this.#board.fileDesk.open(path, "rb");
      await this.#say(`${OK}${file.size}\n`);
      for (let data; (data = await file.read(PIECE_BYTES)).length > 0;) {
        await this.#listener.hear(data);
      }
      await file.close();
    } catch (error) {
      await this.#sayFailure(error);
    }
  }

  async #fput(): Promise<void> {
    const path = text(latin(await this.#line()));
    let left = await this.#number();
    try {
      const file = await this.#board.fileDesk.open(path, "wb");
      try {
        while (left > 0) {
          const piece = await this.heard.take(Math.min(left, PIECE_BYTES));
          left -= piece.length;
          await file.write(piece);
        }
      } finally {
        await file.close();
      }
      await this.#say(OK);
    } catch (error) {
      // What is under way still comes, and is no command.
      for (; left > 0; left -= Math.min(left, PIECE_BYTES)) {
        await this.heard.take(Math.min(left, PIECE_BYTES));
      }
      await this.#sayFailure(error);
    }
  }

  /** Anything but `OK` is an error to iot49's client, which shows it. */
  async #sayFailure(error: unknown): Promise<void> {
    if (!(error instanceof BoardFileError)) throw error;
    await this.#say(`OSError: ${error.errno}\n`);
  }

  async #line(): Promise<string> {
    let line = "";
    for (;;) {
      const [byte] = await this.heard.take(1);
      if (byte === 0x0a) return line;
      line += String.fromCharCode(byte);
      if (line.length > MAX_LINE_BYTES) throw new BadNumber("Line too long");
    }
  }

  async #number(): Promise<number> {
    const line = await this.#line();
    if (!/^\d{1,9}$/.test(line)) throw new BadNumber(`Not a number: ${line}`);
    return Number(line);
  }

  #say(words: string): Promise<void> {
    return this.#listener.hear(latin(words));
  }
}

/** What a client sent where a number was due. */
class BadNumber extends Error {}

function isGone(error: unknown): boolean {
  return error instanceof Error && error.name === "BoardGoneError";
}

/** The server runs code where the board's own `exec` would: in its interpreter, as a program. */
class RawSession {
  readonly #board: Plug;
  readonly #heard = new ByteQueue();
  readonly #ear: Listener;
  #ended = 0;

  constructor(board: Plug) {
    this.#board = board;
    this.#ear = {
      hear: (data) => {
        this.#heard.push(data);
        return Promise.resolve();
      },
      hangUp: () => this.#heard.end(),
    };
  }

  /** Starts `code`; resolves when it was read. */
  async start(code: Uint8Array): Promise<void> {
    this.#board.plugIn(this.#ear);
    await this.#send(latin("\r\x03\x03\x01"));
    await this.#heard.until(RAW_PROMPT);
    await this.#send(asTyped(code));
    await this.#send(Uint8Array.of(EOT));
    await this.#heard.until("OK");
  }

  /** The next piece of output and error, each ended by a 4, and nothing behind the second. */
  async output(): Promise<Uint8Array> {
    const data = await this.#heard.some();
    for (const [at, byte] of data.entries()) {
      if (byte === EOT && ++this.#ended === 2) return data.subarray(0, at + 1);
    }
    return data;
  }

  /** Whoever waits for it waits no longer. */
  end(): void {
    this.#heard.end();
  }

  close(): void {
    this.#board.unplug(this.#ear);
    // Back to the friendly REPL, unless a program still runs: to that it would be input.
    if (this.#ended === 2) void this.#send(Uint8Array.of(0x02));
  }

  #send(data: Uint8Array): Promise<void> {
    return this.#board.receive(data, "hold");
  }
}

/** Code in which no byte means something to the raw REPL. */
function asTyped(code: Uint8Array): Uint8Array {
  // An empty command is a soft reset.
  if (code.length === 0) return latin("\n");
  if (!code.some((byte) => byte < 0x09)) return code;
  const literal = Array.from(code, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  return latin(`exec(b'${literal}')`);
}
