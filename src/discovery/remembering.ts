/** What outlives a connection: which board it was, and what a notebook used last. */

import type { Environment } from "@/config/environment.ts";
import type { Device } from "@/device/device.ts";

/** The board that commands go on to mean when it is not connected. */
export interface LastBoard {
  /** Where it was; empty where only its UID is known. */
  readonly url: string;
  readonly name: string;
  /** Empty where it was never asked, or has none. */
  readonly uid: string;
  /** What {@linkcode Device.life} was. */
  readonly life?: string | undefined;
  /**
   * Why it is not connected: it went away, `%softreset` ended the connection, another program has
   * it, or not yet in this session.
   */
  readonly apart: "lost" | "reset" | "lent" | "new";
  /** Whether the user knows that it is this one. */
  readonly announced: boolean;
}

/** The board of a notebook, kept between kernels; nothing where there is no place to keep it. */
export class NotebookMemory {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The board it used last, if that is known. */
  async recall(): Promise<{ uid: string; url: string } | undefined> {
    return await (await this.#open()).get();
  }

  /** Keeps the board for the next kernel. */
  async keep(device: Device): Promise<void> {
    const uid = device.knownIdentity?.uid ?? "";
    // A convenience: a notebook without a data directory works all the same.
    await (await this.#open()).set({ uid, url: device.url }).catch(() => {});
  }

  /** Forgets it. */
  async forget(): Promise<void> {
    await (await this.#open()).forget().catch(() => {});
  }

  async #open() {
    const { Remembered } = await import("@/config/remembered.ts");
    return new Remembered((name) => this.#environment.raw(name));
  }
}

/** What to say when a board is connected again that cells had used before; undefined for nothing. */
export function describeReturn(last: LastBoard, device: Device, name: string): string | undefined {
  const restarted = last.life === undefined || device.life === undefined
    ? undefined
    : last.life !== device.life;
  const at = `${name} @ ${device.url}`;
  switch (last.apart) {
    case "new":
      return last.announced ? undefined : `Connected to ${at}`;
    case "lent":
      return restarted
        ? `${at} was restarted by another program: its variables are gone.`
        : undefined;
    case "reset": // As was asked for, and nothing to be told of.
      return undefined;
    case "lost":
      if (restarted === false) return `Reconnected to ${at}; its variables are still there.`;
      return `Reconnected to ${at}; the board ${
        restarted ? "has restarted: its variables are gone" : "may have lost its variables"
      }.`;
  }
}
