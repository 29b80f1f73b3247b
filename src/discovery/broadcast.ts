/** iot49's broadcasts: a board sends its address and UID as a UDP datagram now and then. */

import { createSocket, type Socket } from "node:dgram";
import { isAddress, parseAddress } from "@/transport/address.ts";
import { normalizeUid } from "@/config/uid.ts";
import { type Announcement, MAX_ANNOUNCED } from "./announcement.ts";

/** Where boards send to unless `broadcast_port` in secrets.py says otherwise. iot49. */
export const BROADCAST_PORT = 50_000;

/** A board that has not spoken for so long is forgotten. iot49. */
const FORGET_AFTER_MS = 10_000;

/** What an address is made of; a list of boards must not end up with a terminal's commands. */
const PLAIN = /^[\x21-\x7e]{1,256}$/;

/** The ways to a board that a broadcast may name: over the network, none of this computer's own. */
const BY_AIR: ReadonlySet<string> = new Set(["ws", "wss", "mp", "tcp", "telnet"]);

/**
 * Reads a datagram, `url\nuid`; undefined for what is none. The address of another computer than
 * the sender is none either. A host's name may lead anywhere.
 */
export function readBroadcast(data: Uint8Array, sender: string): Announcement | undefined {
  const [url, uidText = ""] = new TextDecoder().decode(data).split("\n").map((line) => line.trim());
  if (!PLAIN.test(url) || !isAddress(url)) return undefined;
  try {
    const { scheme, host } = parseAddress(url);
    if (!BY_AIR.has(scheme) || (/^[\d.]+$|:/.test(host) && host !== sender)) return undefined;
  } catch {
    return undefined;
  }
  const uid = normalizeUid(uidText);
  return { url, ...(uid !== undefined && { uid }) };
}

/** Hears broadcasts until disposed, and remembers the last ones. */
export class BroadcastEar implements AsyncDisposable {
  readonly #socket: Socket | undefined;
  readonly #heard = new Map<string, { announcement: Announcement; at: number }>();
  readonly #listeners = new Set<(announcement: Announcement) => void>();

  private constructor(socket: Socket | undefined) {
    this.#socket = socket;
    socket?.on("message", (data, { address }) => {
      const announcement = readBroadcast(data, address);
      if (announcement !== undefined) this.#hear(announcement);
    });
  }

  /** Listens on `port`. Where another program has it for itself, nothing is heard. */
  static async open(port: number = BROADCAST_PORT): Promise<BroadcastEar> {
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    const { promise, resolve } = Promise.withResolvers<Socket | undefined>();
    socket.on("error", () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind(port, () => resolve(socket));
    return new BroadcastEar(await promise);
  }

  /** Tells of what was heard lately, and of what comes, until the function it returns is called. */
  listen(onHeard: (announcement: Announcement) => void): () => void {
    const now = performance.now();
    for (const { announcement, at } of this.#heard.values()) {
      if (now - at <= FORGET_AFTER_MS) onHeard(announcement);
    }
    this.#listeners.add(onHeard);
    return () => this.#listeners.delete(onHeard);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#socket === undefined) return;
    this.#socket.close(() => resolve());
    await promise;
  }

  #hear(announcement: Announcement): void {
    this.#heard.delete(announcement.url);
    this.#heard.set(announcement.url, { announcement, at: performance.now() });
    if (this.#heard.size > MAX_ANNOUNCED) this.#heard.delete(this.#heard.keys().next().value!);
    for (const listener of this.#listeners) listener(announcement);
  }
}
