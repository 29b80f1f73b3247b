/** Puts the ways to hear boards on the network together; loaded when discovery begins. */

import type { Environment } from "@/config/environment.ts";
import { Air } from "./air.ts";
import { browseMdns } from "./mdns.ts";

/** Begins to listen. `broadcast_port` in secrets.py says where iot49's broadcasts go. */
export function openAir(environment: Environment): Air {
  return new Air({
    browse: browseMdns,
    broadcastPort: async () => {
      const { readSecrets } = await import("@/config/secrets.ts");
      const port = readSecrets(environment).get("broadcast_port");
      return typeof port === "number" ? port : undefined;
    },
  });
}
