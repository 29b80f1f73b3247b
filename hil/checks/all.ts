/** All checks there are, in the order in which they are listed. */

import type { Check } from "./check.ts";
import { CONNECT_CHECKS } from "./connect.ts";
import { ENDURANCE_CHECKS } from "./endurance.ts";
import { EXEC_CHECKS } from "./exec.ts";
import { INTERRUPT_CHECKS } from "./interrupt.ts";
import { RESET_CHECKS } from "./reset.ts";

/** By group. */
export const CHECKS: readonly Check[] = [
  ...EXEC_CHECKS,
  ...CONNECT_CHECKS,
  ...INTERRUPT_CHECKS,
  ...RESET_CHECKS,
  ...ENDURANCE_CHECKS,
];
