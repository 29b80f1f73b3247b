/** Connections that are lost when so many bytes have been sent: an unplug, as far as we can tell. */

import { observed } from "@/transport/observed.ts";
import type { Scheme, Schemes } from "@/transport/schemes.ts";
import type { Transport } from "@/transport/transport.ts";

/** Cuts the connection that is open. */
export class Cutter {
  #left = Infinity;

  /** Cuts when `bytes` more have been sent; never with Infinity. */
  arm(bytes: number): void {
    this.#left = bytes;
  }

  /** `transport`, which this can cut. */
  watch(transport: Transport): Transport {
    return observed(transport, {
      onWrite: (bytes) => {
        this.#left -= bytes.length;
        if (this.#left > 0) return;
        this.#left = Infinity;
        // As with a cable, nobody is told: reads and writes fail from now on.
        transport.close().catch(() => {});
      },
    });
  }
}

/** `schemes`, whose connections `cutter` can cut. */
export function cuttableSchemes(schemes: Schemes, cutter: Cutter): Schemes {
  const wrap = (scheme: Scheme): Scheme => ({
    ...scheme,
    open: async (address, options) => cutter.watch(await scheme.open(address, options)),
  });
  return new Map([...schemes].map(([name, scheme]) => [name, wrap(scheme)]));
}
