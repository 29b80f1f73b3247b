/** All checks there are, in the order in which they are listed. */

import type { Check } from "./check.ts";
import { EXEC_CHECKS } from "./exec.ts";

/** By group. */
export const CHECKS: readonly Check[] = [...EXEC_CHECKS];
