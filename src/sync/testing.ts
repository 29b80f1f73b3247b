/** Devices and folders for the tests of syncs. */

import type { DeviceConfig, Resource } from "@/config/device_config.ts";
import type { Configured } from "./local.ts";

const AT = { file: "rig.yaml", line: 3, column: 7 };

/** A device with these resources, each a name with its options. */
export function deviceWith(
  resources: Readonly<Record<string, Partial<Resource>>>,
  options: Partial<DeviceConfig> = {},
): Configured {
  const install = { installDir: "/lib", unpack: false, include: [], exclude: [], mpy: false };
  return {
    ...install,
    name: "rig",
    at: AT,
    ...options,
    resources: Object.entries(resources).map(([name, given]) => ({
      ...install,
      ...options,
      ...given,
      name,
      at: AT,
    })),
  };
}
