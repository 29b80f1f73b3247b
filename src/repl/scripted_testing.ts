/** A transport for tests that plays a script: what must be written, and what comes back. */

// deno-lint-ignore iot/no-node-on-hot-path -- only tests load this file
import assert from "node:assert/strict";
import { type Transport, TransportError } from "@/transport/transport.ts";

/**
 * One exchange. Bytes are characters here, `\x04` for 0x04. `expect` may be a pattern; a reply may
 * be made from what it matched. Each reply arrives as a chunk of its own.
 */
export interface Exchange {
  readonly expect: string | RegExp;
  readonly replies: readonly (string | ((match: RegExpExecArray) => string))[];
}

/** The exchange in which `expect` is written and `replies` come back. */
export function on(expect: string | RegExp, ...replies: Exchange["replies"]): Exchange {
  return { expect, replies };
}

/** The board's banner when it enters the raw REPL. */
export const RAW = "raw REPL; CTRL-B to exit\r\n>";
/** How the engine enters, and what an idle board answers. */
export const ENTER = on("\r\x03\x03\x01", "\r\n>>> \r\n>>> \r\n>>> \r\n" + RAW);
/** How the engine gets into step, and what a board answers. */
export const SYNC = on(
  new RegExp('^\x03print\\("(iot-[0-9a-f]{8})"\\)\x04'),
  ([, word]) => `OK${word}\r\n\x04\x04>`,
);

/** Plays the board. */
export class ScriptedTransport implements Transport {
  readonly address = "test://board";
  endsOnRestart?: boolean;
  /** How often `read` was called. */
  reads = 0;
  readonly #script: Exchange[];
  readonly #chunks: string[] = [];
  #written = "";
  #wake: (() => void) | undefined;
  #gone = false;
  #failure: unknown;

  constructor(...script: Exchange[]) {
    this.#script = script;
  }

  /** The board says something unasked. */
  say(...chunks: string[]): void {
    this.#chunks.push(...chunks);
    this.#wake?.();
  }

  /** The board goes away. */
  hangUp(): void {
    this.#gone = true;
    this.#wake?.();
  }

  /** Asserts that the whole script was played, and nothing besides. */
  assertDone(): void {
    if (this.#failure !== undefined) throw this.#failure;
    assert.equal(this.#written, "", "written besides the script");
    assert.deepEqual(this.#script.map(({ expect }) => expect), [], "not written");
  }

  /** Waits until somebody waits for bytes, and all that was said has been read. */
  async listening(): Promise<void> {
    for (let turn = 0; turn < 1_000 && !this.reading; turn++) await Promise.resolve();
    assert.ok(this.reading, "nobody reads");
  }

  /** Whether somebody waits for bytes. */
  get reading(): boolean {
    return this.#wake !== undefined;
  }

  async read({ signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    this.reads++;
    assert.ok(!this.reading, "two reads at once");
    for (;;) {
      signal?.throwIfAborted();
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) return bytes(chunk);
      if (this.#gone) throw new TransportError("gone", this.address, "gone");
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal?.addEventListener("abort", () => resolve(), { once: true });
      await promise;
      this.#wake = undefined;
    }
  }

  write(data: Uint8Array): Promise<void> {
    this.#written += String.fromCharCode(...data);
    try {
      this.#play();
      return Promise.resolve();
    } catch (error) {
      this.#failure ??= error;
      return Promise.reject(error);
    }
  }

  #play(): void {
    while (this.#written !== "") {
      const exchange = this.#script[0];
      assert.ok(exchange !== undefined, `written besides: ${JSON.stringify(this.#written)}`);
      const { expect, replies } = exchange;
      if (typeof expect === "string" && expect.startsWith(this.#written)) {
        if (expect.length > this.#written.length) return;
      }
      const match = typeof expect === "string"
        ? this.#written.startsWith(expect) ? Object.assign([expect], { index: 0 }) : null
        : expect.exec(this.#written);
      const wrong = { written: this.#written, expected: expect };
      assert.ok(match !== null, `not as scripted: ${JSON.stringify(wrong)} ${expect}`);
      this.#script.shift();
      this.#written = this.#written.slice(match[0].length);
      for (const reply of replies) {
        this.say(typeof reply === "string" ? reply : reply(match as RegExpExecArray));
      }
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Characters to bytes, one each. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
