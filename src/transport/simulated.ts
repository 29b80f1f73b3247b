/** `sim://NAME`: a simulated board in this process. The composition root brings the boards. */

import { abortable } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { Address } from "./address.ts";
import type { Scheme } from "./schemes.ts";
import { type Transport, TransportError } from "./transport.ts";

/** One end of a line to a board. */
export interface Link {
  /** The next bytes; null when the other side is gone. */
  read(): Promise<Uint8Array | null>;
  write(data: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** The boards of this process. */
export interface SimulatedBoards {
  /**
   * Connects to the board of this name, which is started when it does not run yet.
   *
   * @throws {RangeError} when an option has a value that there is not.
   */
  connect(name: string, options: { profile?: string; fs?: string }): Promise<Link>;
  /** Names of the boards that run. */
  running(): readonly string[];
}

/** The scheme for these boards. */
export function simulatedScheme(boards: SimulatedBoards): Scheme {
  return {
    name: "sim",
    summary: "a simulated board in this process",
    example: "sim://demo?profile=pico",
    options: ["profile", "fs"],
    list: () => boards.running().map((name) => `sim://${name}`),
    async open(address) {
      if (!/^[\w.-]+$/.test(address.host)) {
        throw new UsageError(`"${address.href}" wants a name for the board, such as sim://demo.`);
      }
      const profile = address.query.get("profile");
      const fs = address.query.get("fs");
      try {
        const link = await boards.connect(address.host, {
          ...(profile !== undefined && { profile }),
          ...(fs !== undefined && { fs }),
        });
        return new LinkTransport(address, link);
      } catch (cause) {
        if (cause instanceof RangeError) throw new UsageError(cause.message, { cause });
        throw cause;
      }
    },
  };
}

class LinkTransport implements Transport {
  readonly address: string;
  readonly #link: Link;
  #pendingRead: Promise<Uint8Array | null> | undefined;
  #closed = false;

  constructor(address: Address, link: Link) {
    this.address = address.href;
    this.#link = link;
  }

  async read(options: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    this.#checkOpen();
    this.#pendingRead ??= this.#link.read();
    const chunk = await abortable(this.#pendingRead, options.signal);
    this.#pendingRead = undefined;
    this.#checkOpen();
    if (chunk === null) {
      throw new TransportError("gone", this.address, `The board at ${this.address} went away.`);
    }
    return chunk;
  }

  async write(data: Uint8Array, options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#checkOpen();
    await abortable(this.#link.write(data), options.signal);
    this.#checkOpen();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new TransportError("closed", this.address, `${this.address} is closed.`);
  }
}
