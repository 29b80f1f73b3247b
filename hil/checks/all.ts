/** All checks there are, in the order in which they are listed. */

import type { Check } from "./check.ts";
import { CLOCK_CHECKS } from "./clock.ts";
import { COMPLETION_CHECKS } from "./completion.ts";
import { CONNECT_CHECKS } from "./connect.ts";
import { ENDURANCE_CHECKS } from "./endurance.ts";
import { EXEC_CHECKS } from "./exec.ts";
import { FILES_CHECKS } from "./files.ts";
import { GPIO_CHECKS } from "./gpio.ts";
import { INTERRUPT_CHECKS } from "./interrupt.ts";
import { RESET_CHECKS } from "./reset.ts";
import { STORE_CHECKS } from "./store.ts";
import { SYNC_CHECKS } from "./sync.ts";
import { THROUGHPUT_CHECKS } from "./throughput.ts";
import { WEBREPL_CHECKS } from "./webrepl.ts";
import { WIFI_CHECKS } from "./wifi.ts";

/** By group. */
export const CHECKS: readonly Check[] = [
  ...EXEC_CHECKS,
  ...CONNECT_CHECKS,
  ...INTERRUPT_CHECKS,
  ...RESET_CHECKS,
  ...ENDURANCE_CHECKS,
  ...FILES_CHECKS,
  ...SYNC_CHECKS,
  ...CLOCK_CHECKS,
  ...COMPLETION_CHECKS,
  ...STORE_CHECKS,
  ...WEBREPL_CHECKS,
  ...GPIO_CHECKS,
  ...WIFI_CHECKS,
  ...THROUGHPUT_CHECKS,
];
