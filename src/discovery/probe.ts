/** Asking an address who is there. */

import { withDeadline } from "@/base/deadline.ts";
import { Device, type Identity } from "@/device/device.ts";
import { TransportError } from "@/transport/transport.ts";
import type { Reach } from "./reach.ts";

/** What asking is told. */
export interface ProbeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs: number;
  /** Takes over the device; when it returns false, the device is let go of. */
  readonly take: (device: Device, identity: Identity) => boolean;
}

/**
 * Asks who is at an address, over a connection of its own. It stops the board's program.
 *
 * @throws {IotError} when there is no board that answers.
 * @throws the signal's reason when it aborts.
 */
export async function probe(url: string, reach: Reach, options: ProbeOptions): Promise<Identity> {
  const { deadlineMs, take } = options;
  return await withDeadline(deadlineMs, async (signal) => {
    const transport = await reach.openAlone(url, { signal });
    // A board that does not answer is not worth a farewell: closing ends whatever waits for it.
    const hangUp = () => void transport.close();
    signal.addEventListener("abort", hangUp, { once: true });
    let device: Device | undefined;
    try {
      device = await Device.attach(transport, { signal });
      const identity = await device.identity({ signal });
      signal.throwIfAborted();
      // Whoever takes it may end the search, and this must not take it back.
      signal.removeEventListener("abort", hangUp);
      if (take(device, identity)) device = undefined;
      return identity;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      await device?.close();
      signal.removeEventListener("abort", hangUp);
    }
  }, {
    signal: options.signal,
    error: () =>
      new TransportError(
        "timeout",
        url,
        `No board answered at ${url} within ${Math.round(deadlineMs / 100) / 10} s.`,
      ),
  });
}
