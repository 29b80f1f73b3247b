/** A hand-held end of a line to a board: sends bytes, waits for bytes. For tests. */

import { AssertionError } from "node:assert";
import type { Link } from "./links/link.ts";

/** How long a wait may take before the test fails; generous, for a machine that is busy. */
const DEADLINE_MS = 20_000;

/** Waits for `promise`, but not for ever. */
export async function within<T>(promise: Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  let timer;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new AssertionError({ message: `nothing came within ${deadlineMs} ms` })),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes as text, one character each: `\x80` is the byte 0x80. */
export function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Text as bytes, one each. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Connects to a board's port, e.g. `tcp://127.0.0.1:4000`. */
export async function dial(address: string): Promise<Link> {
  const { hostname, port } = new URL(address.replace("tcp:", "http:"));
  const conn = await Deno.connect({ hostname, port: Number(port) });
  const buffer = new Uint8Array(65_536);
  return {
    read: async () => {
      const count = await conn.read(buffer).catch(() => null);
      return count === null ? null : buffer.slice(0, count);
    },
    write: async (data) => {
      for (let at = 0; at < data.length;) at += await conn.write(data.subarray(at));
    },
    close: () => Promise.resolve(conn.close()),
  };
}

/** A link spoken to by hand. */
export class Hand implements AsyncDisposable {
  /** What was heard and not yet waited for. */
  heard = "";
  readonly #link: Link;
  #pending: Promise<Uint8Array | null> | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  send(text: string): Promise<void> {
    return this.#link.write(bytes(text));
  }

  /** Waits for `text`; returns what came up to and with it. */
  async until(text: string): Promise<string> {
    for (;;) {
      const at = this.heard.indexOf(text);
      if (at >= 0) {
        const upTo = this.heard.slice(0, at + text.length);
        this.heard = this.heard.slice(at + text.length);
        return upTo;
      }
      if (await this.#hear(DEADLINE_MS) !== "more") {
        throw new AssertionError({
          message: `heard no ${JSON.stringify(text)}, but ${JSON.stringify(this.heard)}`,
        });
      }
    }
  }

  /** Waits until something comes. */
  async more(): Promise<void> {
    if (await this.#hear(DEADLINE_MS) === "more") return;
    throw new AssertionError({ message: `heard only ${JSON.stringify(this.heard)}` });
  }

  /** Waits for the end of the line; returns what came before it. */
  async untilGone(): Promise<string> {
    for (;;) {
      const result = await this.#hear(DEADLINE_MS);
      if (result === "gone") return this.heard;
      if (result === "silence") throw new AssertionError({ message: "the line did not end" });
    }
  }

  /** Waits until nothing came for `quietMs`; returns what came. */
  async untilQuiet(quietMs: number): Promise<string> {
    while (await this.#hear(quietMs) === "more");
    const all = this.heard;
    this.heard = "";
    return all;
  }

  /** Enters the raw REPL as a host does. */
  async raw(): Promise<void> {
    await this.send("\r\x03\x03\x01");
    await this.until("raw REPL; CTRL-B to exit\r\n>");
  }

  /** Runs code in the raw REPL; returns its output and its traceback. */
  async exec(code: string): Promise<{ out: string; error: string }> {
    // Slowly enough for a UART: the raw REPL has no flow control.
    for (let at = 0; at < code.length; at += 128) await this.send(code.slice(at, at + 128));
    await this.send("\x04");
    const head = await this.until("OK");
    if (head !== "OK") throw new AssertionError({ message: `heard ${JSON.stringify(head)}` });
    const out = (await this.until("\x04")).slice(0, -1);
    const error = (await this.until("\x04")).slice(0, -1);
    await this.until(">");
    return { out, error };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link.close();
    await this.#pending;
  }

  async #hear(patienceMs: number): Promise<"more" | "gone" | "silence"> {
    this.#pending ??= this.#link.read();
    let timer;
    const silence = new Promise<"silence">((resolve) => {
      timer = setTimeout(() => resolve("silence"), patienceMs);
    });
    const chunk = await Promise.race([this.#pending, silence]);
    clearTimeout(timer);
    if (chunk === "silence") return "silence";
    this.#pending = undefined;
    if (chunk === null) return "gone";
    this.heard += latin(chunk);
    return "more";
  }
}
