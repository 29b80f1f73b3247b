/** All that `iot doctor` looks at, in the order in which it says so. */

import type { Check } from "./check.ts";
import { devices, places, secrets, settings } from "./configuration.ts";
import { network, ser2net } from "./network.ts";
import { holders, meddlers, ports } from "./ports.ts";
import { kernelspec, python } from "./software.ts";

/** The table of checks. */
export const CHECKS: readonly Check[] = [
  ports,
  holders,
  meddlers,
  network,
  ser2net,
  settings,
  devices,
  secrets,
  places,
  python,
  kernelspec,
];
