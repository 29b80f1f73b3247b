/** `builtins.input` for programs that call it by that name, which no board lets us replace for good. */

import { ReplError } from "@/repl/repl_error.ts";
import { TransportError } from "@/transport/transport.ts";
import lend from "./builtins_input.py" with { type: "text" };
import giveBack from "./builtins_own.py" with { type: "text" };
import { compact } from "./compact.ts";
import type { Device } from "./device.ts";

/** How long putting it back may take, in milliseconds. */
const GIVE_BACK_MS = 2_000;

/**
 * Has `builtins.input` ask as input() does, until disposed. A board without the memory for it, or
 * without `sys.modules`, keeps its own.
 *
 * @throws what {@linkcode Device.exec} throws.
 */
export async function lendInput(
  device: Device,
  { signal }: { readonly signal: AbortSignal },
): Promise<AsyncDisposable> {
  await device.exec(compact(lend), { signal });
  return {
    async [Symbol.asyncDispose]() {
      if (device.lost) return;
      const signal = AbortSignal.timeout(GIVE_BACK_MS);
      try {
        await device.exec(compact(giveBack), { signal });
      } catch (error) {
        // The program has been told of it, or the next one is. What is left works as well.
        const isLost = error instanceof ReplError || error instanceof TransportError;
        if (!isLost && error !== signal.reason) throw error;
      }
    },
  };
}
