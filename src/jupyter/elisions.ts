/** Output that clients did not get because they do not keep up: counted, so that they are told. */

import type { StreamName } from "@/base/sink.ts";
import type { Subscriber } from "@/wire/xpub.ts";

/** A client that subscribes to output alone never hears of an end: its oldest counts are dropped. */
const MAX_REQUESTS = 1024;

/** Bytes left out, by client and by the request that they belong to. */
export class Elisions {
  /** A request's count goes when it is told, which is before its idle status at the latest. */
  readonly #bytes = new WeakMap<Subscriber, Map<string, number>>();

  /** Counts what `subscriber` did not get of the request with id `parent`. */
  add(subscriber: Subscriber, { parent, bytes }: { parent: string; bytes: number }): void {
    let counts = this.#bytes.get(subscriber);
    if (counts === undefined) this.#bytes.set(subscriber, counts = new Map());
    counts.set(parent, (counts.get(parent) ?? 0) + bytes);
    if (counts.size > MAX_REQUESTS) counts.delete(counts.keys().next().value!);
  }

  /** How many bytes `subscriber` lacks of the request with id `parent` since it was last told. */
  take(subscriber: Subscriber, parent: string): number {
    const counts = this.#bytes.get(subscriber);
    const bytes = counts?.get(parent) ?? 0;
    counts?.delete(parent);
    return bytes;
  }
}

/** Content of the `stream` message that stands where `bytes` of output were left out. */
export function elisionNotice(bytes: number): { name: StreamName; text: string } {
  const count = bytes.toLocaleString("en");
  const text = `\n… ${count} bytes of output left out: this client does not keep up.\n`;
  return { name: "stderr", text };
}
