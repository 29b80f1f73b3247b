/** Reading a login's part of a conversation. */

import { concat, indexOfBytes } from "@/base/bytes.ts";
import type { LayeredTransport } from "./layered_transport.ts";

/** More than any login says before it asks. */
const MAX_BYTES = 4_096;

/** What {@linkcode readUntil} has read. */
export interface ReadUntil {
  /** Whichever of the ends came; undefined when none did within 4 KiB. */
  readonly end: Uint8Array | undefined;
  /** What came before it. */
  readonly before: Uint8Array;
}

/**
 * Reads up to and with whichever of `ends` comes first. What follows stays to be read.
 *
 * @throws {TransportError} when the connection breaks.
 * @throws the signal's reason when it aborts.
 */
export async function readUntil(
  transport: LayeredTransport,
  ends: readonly Uint8Array[],
  { signal }: { signal: AbortSignal },
): Promise<ReadUntil> {
  let heard: Uint8Array = new Uint8Array();
  while (heard.length < MAX_BYTES) {
    heard = concat([heard, await transport.read({ signal })]);
    const found = ends.map((end) => ({ end, at: indexOfBytes(heard, end) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (found === undefined) continue;
    transport.unread(heard.subarray(found.at + found.end.length));
    return { end: found.end, before: heard.subarray(0, found.at) };
  }
  return { end: undefined, before: heard };
}
