/** `sim://NAME`: a simulated board in this process. The composition root brings the boards. */

import { abortable } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { Address } from "./address.ts";
import type { Scheme } from "./schemes.ts";
import { type StreamOptions, StreamTransport, type WaitOptions } from "./stream_transport.ts";
import { type OpenOptions, type Transport, TransportError } from "./transport.ts";

/** One end of a line to a board. */
export interface Link {
  /** The next bytes; null when the other side is gone. */
  read(): Promise<Uint8Array | null>;
  write(data: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** What a board is started with: values of the address's options. */
export interface SimulatedBoardOptions {
  readonly profile?: string;
  /** Directory of this computer that keeps the board's files. */
  readonly fs?: string;
}

/** The boards of this process. */
export interface SimulatedBoards {
  /**
   * Connects to the board of this name, which is started when it does not run yet.
   *
   * @throws {RangeError} when an option has a value that there is not, or another one than the
   * board that runs.
   */
  connect(name: string, options: SimulatedBoardOptions): Promise<Link>;
  /** Names of the boards that run. */
  running(): readonly string[];
}

/** How long a board may take nothing; one in this process answers at once, or hangs. */
const WRITE_TIMEOUT_MS = 5_000;

/** The scheme for these boards. A board has one port: who is second finds it busy. */
export function simulatedScheme(
  boards: SimulatedBoards,
  { writeTimeoutMs = WRITE_TIMEOUT_MS }: { writeTimeoutMs?: number } = {},
): Scheme {
  const taken = new Set<string>();

  async function open(address: Address, { signal }: OpenOptions): Promise<Transport> {
    const { host, href } = address;
    checkName(address);
    if (taken.has(host)) {
      throw new TransportError("busy", href, `The board "${host}" is already connected here.`);
    }
    taken.add(host);
    const connecting = connect(boards, address);
    try {
      const link = await abortable(connecting, signal);
      return new LinkTransport(link, {
        address: href,
        writeTimeoutMs,
        onClose: () => taken.delete(host),
      });
    } catch (error) {
      connecting.then((link) => link.close()).catch(() => {}).finally(() => taken.delete(host));
      throw error;
    }
  }

  return {
    name: "sim",
    summary: "a simulated board in this process",
    example: "sim://demo?profile=pico",
    options: ["profile", "fs"],
    list: () => boards.running().map((name) => `sim://${name}`),
    line: ({ host }) => Promise.resolve(host),
    open,
  };
}

function checkName({ host, href }: Address): void {
  if (/^[\w.-]+$/.test(host)) return;
  throw new UsageError(`"${href}" wants a name for the board, such as sim://demo.`);
}

async function connect(boards: SimulatedBoards, { host, query }: Address): Promise<Link> {
  const profile = query.get("profile");
  const fs = query.get("fs");
  try {
    return await boards.connect(host, {
      ...(profile !== undefined && { profile }),
      ...(fs !== undefined && { fs }),
    });
  } catch (cause) {
    if (cause instanceof RangeError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

/** A transport over a link. Neither reads nor writes of a link can be taken back. */
class LinkTransport extends StreamTransport {
  readonly #link: Link;
  readonly #onClose: () => void;
  /** A read whose caller gave up goes on; the next caller gets what it brings. */
  #pending: Promise<Uint8Array | null> | undefined;

  constructor(link: Link, { onClose, ...options }: StreamOptions & { onClose: () => void }) {
    super(options);
    this.#link = link;
    this.#onClose = onClose;
  }

  protected async receive({ signal }: WaitOptions): Promise<Uint8Array> {
    const pending = this.#pending ??= this.#link.read();
    const chunk = await this.wait<Uint8Array | null>(({ done, failed }) => {
      pending.then(done, failed);
      return () => {};
    }, { signal });
    this.#pending = undefined;
    if (chunk !== null) return chunk;
    throw new TransportError("gone", this.address, `The board at ${this.address} went away.`);
  }

  protected async send(data: Uint8Array, { withinMs }: WaitOptions): Promise<number> {
    await this.wait<void>(({ done, failed }) => {
      this.#link.write(data).then(done, failed);
      return () => {};
    }, { withinMs });
    return data.length;
  }

  protected async release(): Promise<void> {
    await this.#link.close();
    this.#onClose();
  }
}
