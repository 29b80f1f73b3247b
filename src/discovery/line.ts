/** A bare line to a board, for those who speak with it themselves: `iot repl`. */

import type { Identity } from "@/device/device.ts";
import type { Transport } from "@/transport/transport.ts";
import type { Lease } from "./lease.ts";
import { NOBODY } from "./party.ts";
import type { Reach } from "./reach.ts";

/** Whose line it is. */
export interface LineOptions {
  readonly reach: Reach;
  /** As `lineOf` spells it. */
  readonly line: string;
  /** Who is there, where that is known. */
  readonly identity?: Identity | undefined;
}

/** An open line. Other programs of ours are told who has it, and never get it, until disposed. */
export class Line implements AsyncDisposable {
  readonly transport: Transport;
  readonly #lease: Lease | undefined;

  private constructor(transport: Transport, lease: Lease | undefined) {
    this.transport = transport;
    this.#lease = lease;
  }

  /** Holds an open transport, which is closed with the line, or at once when this fails. */
  static async hold(
    transport: Transport,
    { reach, line, identity = NOBODY }: LineOptions,
  ): Promise<Line> {
    try {
      const held = { ...identity, url: transport.address, line };
      // Who is at a prompt is never idle.
      return new Line(transport, await reach.lend(held, () => Promise.resolve(false)));
    } catch (error) {
      await transport.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The port first: who does not find the socket any more must find the port free.
    await this.transport.close();
    await this.#lease?.[Symbol.asyncDispose]();
  }
}
