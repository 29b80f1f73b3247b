/** One client of a board's WebREPL: a password, then the REPL as text and files as binary data. */

import { type BoardFile, BoardFileError, BoardGoneError } from "../file_desk.ts";
import type { BufferedConn } from "./conn.ts";
import type { Listener } from "./link.ts";
import type { Plug, Server } from "./plug.ts";
import { frame, FrameReader, Opcode } from "./web_socket.ts";

/** extmod/modwebrepl.c: how many characters of what a client types are kept. */
const TYPED_CHARS = 10;
/** extmod/modwebrepl.c, struct webrepl_file: `<2sBBQLH64s`. */
const HEADER_BYTES = 82;
const HEADER = { type: 2, size: 12, name: 18 } as const;
const Operation = { put: 1, get: 2, version: 3 } as const;
/** extmod/modwebrepl.c: `filebuf[512]`, and 256 bytes a piece of a file that is got. */
const PUT_BYTES = 512;
const GET_BYTES = 256;
/** How long a client that does not read keeps a board from closing its socket. */
const RESTART_MS = 200;
const CR = 0x0d;
const LF = 0x0a;

/** One client, from its handshake to its end. */
export class WebReplSession {
  readonly #conn: BufferedConn;
  readonly #frames: FrameReader;
  readonly #plug: Plug;
  readonly #server: Server;
  readonly #password: string;
  readonly #ear: Listener;
  readonly #gone = Promise.withResolvers<never>();
  #typed: string[] | undefined = [];
  #header: number[] = [];
  #operation: { type: number; file: BoardFile; left: number } | undefined;
  /** A file whose kind of operation does not exist stays open, and nothing else is understood. */
  #stuck = false;
  /** The REPL's bytes, collected to be handed over at once. */
  #text: number[] = [];
  #ended = false;

  constructor(conn: BufferedConn, plug: Plug, options: { server: Server; password: string }) {
    this.#conn = conn;
    this.#plug = plug;
    this.#server = options.server;
    this.#password = options.password;
    // The real one answers with a frame in a frame: the closing frame as text.
    this.#frames = new FrameReader(
      conn,
      () => void this.#send(Opcode.text, Uint8Array.of(0x88, 0)),
    );
    this.#ear = { hear: (data) => this.#hear(data), hangUp: () => this.end() };
    this.#gone.promise.catch(() => {});
  }

  /** Serves until one side ends it. Returns what the board says about that. */
  async serve(): Promise<string> {
    void this.#sendText("Password: ");
    try {
      while (!this.#ended) {
        const result = await this.#drain();
        if (result === "denied") {
          await this.#sendText("\r\nAccess denied\r\n");
        }
        if (result !== "more") break;
        await this.#conn.more();
      }
      // What was sent last arrives before the end.
      if (!this.#ended) await this.#conn.send(new Uint8Array(0));
      return this.#ended ? "" : "dupterm: EOF received, deactivating\r\n";
    } catch (error) {
      if (this.#ended || error instanceof BoardGoneError) return "";
      if (!(error instanceof BoardFileError)) throw error;
      // What `open` raises goes through dupterm, which gives the client up.
      return "dupterm: Exception in read() method, deactivating: " +
        `OSError: [Errno ${error.errno}]\r\n`;
    } finally {
      this.#plug.unplug(this.#ear);
      this.#conn.close();
      await this.#operation?.file.close().catch(() => {});
    }
  }

  /** Ends it at once, as when a plug is pulled. */
  end(): void {
    this.#ended = true;
    this.#gone.reject(new Error("ended"));
    this.#conn.close();
  }

  /** Ends it as a board does that restarts: what it said before is still sent. */
  async restart(): Promise<void> {
    this.#ended = true;
    this.#gone.reject(new Error("ended"));
    this.#plug.unplug(this.#ear);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, RESTART_MS);
    await Promise.race([this.#conn.send(new Uint8Array(0)), promise]);
    clearTimeout(timer);
    this.#conn.close();
  }

  /** Takes all that has arrived. */
  async #drain(): Promise<"more" | "end" | "denied"> {
    try {
      for (;;) {
        const first = this.#frames.read(1);
        if (first === undefined) return "more";
        if (first === null) return "end";
        if (this.#typed !== undefined) {
          if (this.#passwordChar(first[0]) === "denied") return "denied";
        } else if (this.#frames.opcode === Opcode.text) {
          this.#text.push(first[0]);
        } else {
          await this.#passOn();
          const later = await Promise.race([this.#binary(first[0]), this.#gone.promise]);
          if (later) return "more";
        }
      }
    } finally {
      await this.#passOn();
    }
  }

  async #passOn(): Promise<void> {
    if (this.#text.length === 0) return;
    const data = Uint8Array.from(this.#text);
    this.#text = [];
    const { webRepl } = this.#server.profile;
    const taken = this.#plug.receive(data, webRepl === "absent" ? "lost" : webRepl);
    await Promise.race([taken, this.#gone.promise]);
  }

  #passwordChar(byte: number): "denied" | undefined {
    const typed = this.#typed!;
    if (byte !== CR && byte !== LF) {
      if (typed.length < TYPED_CHARS) typed.push(String.fromCharCode(byte));
      return undefined;
    }
    const utf8 = String.fromCharCode(...new TextEncoder().encode(this.#password));
    if (typed.join("") !== utf8) return "denied";
    this.#typed = undefined;
    void this.#sendText("\r\nWebREPL connected\r\n>>> ");
    this.#plug.plugIn(this.#ear);
    return undefined;
  }

  /** Handles binary data, its first byte read. Returns whether the rest has not arrived. */
  async #binary(first: number): Promise<boolean> {
    if (this.#stuck) return false;
    if (this.#operation !== undefined) return await this.#fileData(first);
    this.#header.push(first);
    if (this.#header.length < HEADER_BYTES) {
      const rest = this.#frames.read(HEADER_BYTES - this.#header.length);
      if (rest === undefined) return true;
      if (rest !== null) this.#header.push(...rest);
      if (this.#header.length < HEADER_BYTES) return false;
    }
    const header = Uint8Array.from(this.#header);
    this.#header = [];
    await this.#begin(header);
    return false;
  }

  async #begin(header: Uint8Array): Promise<void> {
    const type = header[HEADER.type];
    if (type === Operation.version) {
      const version = this.#server.profile.release.split(/[.-]/).slice(0, 3).map(Number);
      void this.#send(Opcode.binary, Uint8Array.from(version));
      return;
    }
    const size = new DataView(header.buffer).getUint32(HEADER.size, true);
    const end = header.indexOf(0, HEADER.name);
    const name = header.subarray(HEADER.name, end < 0 ? undefined : end);
    const file = await this.#server.fileDesk.open(
      new TextDecoder().decode(name),
      type === Operation.put ? "wb" : "rb",
    );
    this.#operation = { type, file, left: type === Operation.put ? size : 1 };
    this.#respond();
    if (type === Operation.put) await this.#checkFinished();
    else if (type !== Operation.get) this.#stuck = true;
  }

  /**
   * As in the real one, a byte whose successors have not arrived is lost: a piece of 512 bytes, or
   * a frame, must not be torn behind its first byte.
   */
  async #fileData(first: number): Promise<boolean> {
    const operation = this.#operation!;
    const piece = [first];
    operation.left--;
    if (operation.left > 0) {
      const rest = this.#frames.read(Math.min(PUT_BYTES - 1, operation.left));
      if (rest === undefined) return true;
      if (rest !== null) {
        piece.push(...rest);
        operation.left -= rest.length;
      }
    }
    if (operation.type === Operation.put) {
      // A full flash is not reported, nor anything else.
      await operation.file.write(Uint8Array.from(piece)).catch((error) => {
        if (!(error instanceof BoardFileError)) throw error;
      });
    } else {
      const data = await operation.file.read(GET_BYTES);
      const chunk = new Uint8Array(2 + data.length);
      chunk.set([data.length & 0xff, data.length >> 8]);
      chunk.set(data, 2);
      void this.#send(Opcode.binary, chunk);
      if (data.length > 0) operation.left = 1;
    }
    await this.#checkFinished();
    return false;
  }

  async #checkFinished(): Promise<void> {
    const operation = this.#operation!;
    if (operation.left > 0) return;
    await operation.file.close();
    this.#operation = undefined;
    this.#respond();
  }

  /** `WB` and 0: all went well. There is no other answer. */
  #respond(): void {
    void this.#send(Opcode.binary, Uint8Array.of(0x57, 0x42, 0, 0));
  }

  /** A frame for each piece that the board prints: a text, a line's end. */
  #hear(data: Uint8Array): Promise<void> {
    const frames: Uint8Array[] = [];
    for (let from = 0; from < data.length;) {
      const isLineEnd = data[from] === CR && data[from + 1] === LF;
      const next = isLineEnd ? from + 2 : data.indexOf(CR, from + 1);
      const end = Math.min(next < 0 ? data.length : next, from + 0xffff);
      frames.push(frame(Opcode.text, data.subarray(from, end)));
      from = end;
    }
    return this.#conn.send(joined(frames));
  }

  #send(opcode: number, data: Uint8Array): Promise<void> {
    return this.#conn.send(frame(opcode, data));
  }

  #sendText(text: string): Promise<void> {
    return this.#send(Opcode.text, new TextEncoder().encode(text));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
