/** A board that is connected: who it is, and what others are told of it. */

import { Alarm } from "@/base/alarm.ts";
import { logger } from "@/base/log.ts";
import { Device, type Identity } from "@/device/device.ts";
import { lineOf } from "@/transport/schemes.ts";
import { TransportError } from "@/transport/transport.ts";
import type { Lease } from "./lease.ts";
import { Line } from "./line.ts";
import { NOBODY } from "./party.ts";
import type { Reach } from "./reach.ts";

/** What opening may be told. */
export interface ConnectOptions {
  signal?: AbortSignal | undefined;
  /** The UID that the board must have; whoever else is there is let go of, and runs nothing. */
  uid?: string | undefined;
}

/** So long a board that was never asked who it is may be held before others can ask about it. */
const LEND_AFTER_MS = 300;

/** One connected board. */
export class Connection {
  readonly device: Device;
  readonly line: string;
  readonly #reach: Reach;
  #lending: Promise<Lease | undefined> | undefined;
  readonly #lendLater = new Alarm();
  #closed: Promise<void> | undefined;
  readonly #since = performance.now();

  constructor(device: Device, options: { line: string; reach: Reach }) {
    this.device = device;
    this.line = options.line;
    this.#reach = options.reach;
  }

  /**
   * Connects to the board at `url`.
   *
   * @throws {TransportError} when it cannot be reached; an {@linkcode OtherBoardError} when another one is there.
   * @throws {ReplError} when it does not answer.
   */
  static async open(url: string, reach: Reach, options: ConnectOptions = {}): Promise<Connection> {
    const { signal, uid } = options;
    // Found out meanwhile: a command has no time to spare.
    const finding = lineOf(url, reach.schemes);
    finding.catch(() => {}); // opening says what is wrong
    const transport = await reach.open(url, signal && { signal });
    const device = await Device.attach(transport, signal && { signal });
    try {
      if (uid) await checkUid(device, { uid, signal });
    } catch (error) {
      await device.close();
      throw error;
    }
    return new Connection(device, { line: await finding, reach });
  }

  /**
   * Lets other programs of ours ask for the board: at once when it was asked who it is, else after
   * a while, so that a short command pays nothing.
   *
   * @param release lets go of the board if it is idle; resolves to whether the port is closed
   */
  async lend(release: () => Promise<boolean>): Promise<void> {
    if (this.device.knownIdentity === undefined) {
      this.#lendLater.set(LEND_AFTER_MS, () => void (this.#lending ??= this.#serve(release)));
    } else {
      await (this.#lending ??= this.#serve(release));
    }
  }

  async #serve(release: () => Promise<boolean>): Promise<Lease | undefined> {
    const { url, knownIdentity = NOBODY } = this.device;
    return await this.#reach.lend({ ...knownIdentity, url, line: this.line }, release);
  }

  /** Hands over the line, with the board at its prompt. The connection is over then. */
  async handOver(): Promise<Line> {
    const { device, line } = this;
    const transport = await device.detach();
    return await Line.hold(transport, { reach: this.#reach, line, identity: device.knownIdentity });
  }

  /** Lets go of the board. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#lendLater.clear();
    const lease = await this.#lending;
    // The port first: who does not find the socket any more must find the port free.
    await this.device.close();
    logger("transport").info(() => {
      const seconds = Math.round((performance.now() - this.#since) / 100) / 10;
      const { url, lost } = this.device;
      return `${url} ${lost ? "is lost; it" : "closed; it"} was open for ${seconds} s`;
    });
    await lease?.[Symbol.asyncDispose]();
  }
}

/** Another board is where one was looked for. Nothing was run on it. */
export class OtherBoardError extends TransportError {
  /** Who is there. */
  readonly identity: Identity;

  constructor(url: string, { identity, wanted }: { identity: Identity; wanted: string }) {
    super(
      "missing",
      url,
      `At ${url} is another board now, ${identity.uid || "one without UID"}, not ${wanted}. ` +
        "Nothing was run on it.",
    );
    this.identity = identity;
  }
}

/** @throws {OtherBoardError} when the board is another one. */
async function checkUid(
  device: Device,
  { uid, signal }: { uid: string; signal: AbortSignal | undefined },
): Promise<void> {
  const identity = await device.identity(signal && { signal });
  if (identity.uid === uid) return;
  throw new OtherBoardError(device.url, { identity, wanted: uid });
}
