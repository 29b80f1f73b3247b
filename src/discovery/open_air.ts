/** Puts the ways to hear boards on the network together; loaded when discovery begins. */

import type { Environment } from "@/config/environment.ts";
import { Air } from "./air.ts";
import { browseMdns } from "./mdns.ts";

/** Begins to listen. `broadcast_port` in secrets.py says where iot49's broadcasts go. */
export function openAir(environment: Environment): Air {
  return new Air({ browse: browseMdns, broadcastPort: () => broadcastPort(environment) });
}

/**
 * Where broadcasts go; undefined where secrets.py does not say.
 *
 * @throws {ConfigError} when it says no port.
 */
export async function broadcastPort(environment: Environment): Promise<number | undefined> {
  const { readSecrets } = await import("@/config/secrets.ts");
  return readSecrets(environment).getInteger("broadcast_port", { least: 1, most: 65_535 });
}
