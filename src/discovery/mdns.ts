/**
 * Boards that announce themselves by mDNS (RFC 6762) as a service (DNS-SD, RFC 6763).
 *
 * `multicast-dns` sends where the system's default route leads; a computer on a wire and on Wi-Fi
 * asks on both, so there is one of its sockets for each network.
 */

import { networkInterfaces } from "node:os";
import { pause } from "@/base/deadline.ts";
import { normalizeUid } from "@/config/uid.ts";
import { type Announcement, MAX_ANNOUNCED } from "./announcement.ts";

/** Services of boards, and the scheme that reaches them. */
export const SERVICES: ReadonlyMap<string, string> = new Map([
  ["_webrepl._tcp.local", "ws"],
  ["_ws._tcp.local", "ws"],
  ["_mp._tcp.local", "mp"],
  ["_repl._tcp.local", "tcp"],
]);

/** CircuitPython's web workflow, an HTTP server. Its boards are named, and said how to be reached. */
const CIRCUITPYTHON = "_circuitpython._tcp.local";

/** How often to ask an instance for its server: whoever never tells must not keep us asking. */
const MAX_ASKED = 3;

/** When to ask, in milliseconds from the start: Wi-Fi loses multicasts, and boards sleep. */
const ASK_AT_MS = [0, 300, 800];

/** One record of an answer, as `multicast-dns` hands it on. */
export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly data: unknown;
}

/** What there is to ask on: one socket of `multicast-dns`. */
export interface MdnsSocket {
  on(event: "response", listener: (packet: MdnsResponse, from: { address: string }) => void): void;
  on(event: "error" | "warning", listener: (error: Error) => void): void;
  query(questions: { name: string; type: string }[], done: (error?: Error) => void): void;
  destroy(done: () => void): void;
}

interface MdnsResponse {
  readonly answers: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** Puts answers together: they may come in several packets, in any order. Pure. */
export class Answers {
  readonly #instances = new Capped<{ service: string; name: string }>();
  readonly #servers = new Capped<{ target: string; port: number; from: string }>();
  readonly #hosts = new Capped<string>();
  readonly #uids = new Capped<string>();
  readonly #asked = new Capped<number>();

  /** Takes the records of a packet that came from the address `from`. */
  add(records: readonly DnsRecord[], from: string): void {
    for (const { name, type, data } of records) {
      const key = name.toLowerCase();
      if (type === "PTR" && typeof data === "string" && schemeOfService(key) !== undefined) {
        const name = nameOfInstance(data, key);
        this.#instances.set(data.toLowerCase(), { service: key, name });
      } else if (type === "SRV" && isServer(data)) {
        this.#servers.set(key, { target: data.target.toLowerCase(), port: data.port, from });
      } else if (type === "A" && typeof data === "string") {
        this.#hosts.set(key, data);
      } else if (type === "TXT") {
        const uid = uidIn(data);
        if (uid !== undefined) this.#uids.set(key, uid);
      }
    }
  }

  /** The boards that are known completely. */
  announcements(): Announcement[] {
    return [...this.#instances].flatMap(([instance, { service, name }]) => {
      const server = this.#servers.get(instance);
      if (server === undefined) return [];
      const host = this.#hosts.get(server.target) ?? server.from;
      const uid = this.#uids.get(instance);
      const url = `${schemeOfService(service)}://${host}:${server.port}`;
      return [{ url, ...(uid && { uid }), ...(name && { name }) }];
    });
  }

  /** What is still to be asked for, now; each instance a few times in all. */
  takeMissing(): { name: string; type: string }[] {
    const names = [...this.#instances.keys()].filter((instance) =>
      !this.#servers.has(instance) && (this.#asked.get(instance) ?? 0) < MAX_ASKED
    );
    for (const name of names) this.#asked.set(name, (this.#asked.get(name) ?? 0) + 1);
    return names.map((name) => ({ name, type: "SRV" }));
  }
}

/** Takes no new keys when it is full: a network that is flooded shall not fill memory. */
class Capped<T> extends Map<string, T> {
  override set(key: string, value: T): this {
    return this.size < MAX_ANNOUNCED || this.has(key) ? super.set(key, value) : this;
  }
}

/** Asks for boards on all networks, and listens until the time is over or the signal aborts. */
export async function browseMdns(options: {
  readonly withinMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onHeard: (announcement: Announcement) => void;
}): Promise<void> {
  const { withinMs, signal, onHeard } = options;
  const { default: multicastDns } = await import("multicast-dns");
  const answers = new Answers();
  const sockets: MdnsSocket[] = ownAddresses().map((address) =>
    multicastDns({ interface: address, bind: "0.0.0.0" })
  );
  const dead = new Set<MdnsSocket>();
  for (const socket of sockets) {
    // A network that went away meanwhile, or forbids multicast: the others go on.
    socket.on("error", () => dead.add(socket));
    socket.on("warning", () => {});
    socket.on("response", (packet, { address }) => {
      answers.add([...packet.answers, ...packet.additionals], address);
      for (const announcement of answers.announcements()) onHeard(announcement);
      const missing = answers.takeMissing();
      if (missing.length > 0) socket.query(missing, () => {});
    });
  }
  const questions = [...SERVICES.keys(), CIRCUITPYTHON].map((name) => ({ name, type: "PTR" }));
  try {
    let elapsedMs = 0;
    for (const at of [...ASK_AT_MS.filter((ms) => ms < withinMs), withinMs]) {
      await pause(at - elapsedMs, signal);
      elapsedMs = at;
      if (signal?.aborted || at === withinMs) return;
      for (const socket of sockets) if (!dead.has(socket)) socket.query(questions, () => {});
    }
  } finally {
    await Promise.all(sockets.map((socket) => new Promise<void>((done) => socket.destroy(done))));
  }
}

/** The IPv4 addresses of this computer on its networks; not the loopback's: no board is there. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => address).slice(0, 1)
  );
}

/** What an instance calls itself: the name before its service's, of printable letters only. */
function nameOfInstance(instance: string, service: string): string {
  return instance.slice(0, -service.length - 1).replace(/\p{C}/gu, "").trim();
}

function schemeOfService(service: string): string | undefined {
  return service === CIRCUITPYTHON ? "http" : SERVICES.get(service);
}

function isServer(data: unknown): data is { target: string; port: number } {
  const { target, port } = (data ?? {}) as { target?: unknown; port?: unknown };
  return typeof target === "string" && typeof port === "number" && port > 0;
}

/** The UID in a TXT record, `uid=24:0a:…`, if there is one. */
function uidIn(data: unknown): string | undefined {
  const texts = Array.isArray(data) ? data : [data];
  for (const text of texts) {
    const line = text instanceof Uint8Array ? new TextDecoder().decode(text) : String(text);
    const uid = /^uid=(.+)$/i.exec(line)?.[1];
    if (uid !== undefined) return normalizeUid(uid);
  }
  return undefined;
}
