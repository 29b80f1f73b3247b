/** Boards that announce themselves on the network: mDNS, and iot49's broadcasts. */

import { IotError } from "@/base/errors.ts";
import { type Announcement, type Browse, MAX_ANNOUNCED } from "./announcement.ts";
import { BroadcastEar } from "./broadcast.ts";

export type { Announcement } from "./announcement.ts";

/** How to listen. */
export interface ListenOptions {
  /** For how long, in milliseconds. */
  readonly withinMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of each address once, and of no more than 256. */
  readonly onHeard: (announcement: Announcement) => void;
}

/** What {@linkcode Air} is made with. */
export interface AirOptions {
  /** Where broadcasts go; iot49's own where not given, or where the settings are wrong. */
  readonly broadcastPort?: () => Promise<number | undefined>;
  /** The mDNS browser. */
  readonly browse: Browse;
}

/** Listens. Broadcasts are heard from the first time on, until disposed: they come when they like. */
export class Air implements AsyncDisposable {
  readonly #options: AirOptions;
  #ear: Promise<BroadcastEar> | undefined;
  #problem: string | undefined;

  constructor(options: AirOptions) {
    this.#options = options;
  }

  /** What is wrong with the settings for listening, once it has begun. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Listens for a while. A network that cannot be listened to is as one where nobody speaks. */
  async listen({ withinMs, signal, onHeard }: ListenOptions): Promise<void> {
    const heard = new Set<string>();
    const once = (announcement: Announcement) => {
      if (heard.has(announcement.url) || heard.size === MAX_ANNOUNCED) return;
      heard.add(announcement.url);
      onHeard(announcement);
    };
    const ear = await (this.#ear ??= this.#open());
    const deaf = ear.listen(once);
    try {
      await this.#options.browse({ withinMs, signal, onHeard: once });
    } finally {
      deaf();
    }
  }

  async #open(): Promise<BroadcastEar> {
    let port: number | undefined;
    try {
      port = await this.#options.broadcastPort?.();
    } catch (error) {
      if (!(error instanceof IotError)) throw error;
      // Boards at cables, and those that use mDNS, are found all the same.
      this.#problem = error.message;
    }
    return await BroadcastEar.open(port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ear = await this.#ear;
    await ear?.[Symbol.asyncDispose]();
  }
}
