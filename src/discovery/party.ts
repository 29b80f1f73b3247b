/** Who a program of ours is to the others, and what it says of a board that it never asked. */

import type { Identity } from "@/device/device.ts";

/** Who a program is, for people. */
export interface Party {
  /** `notebook`, or the shell's command, e.g. `iot exec`. */
  readonly kind: string;
  readonly pid: number;
  /** The notebook's path, where there is one. */
  readonly notebook?: string;
}

/** The holder, as a sentence names it. */
export function describeParty({ kind, pid, notebook }: Party): string {
  return notebook === undefined
    ? `${kind} (process ${pid})`
    : `the notebook "${notebook}" (process ${pid})`;
}

/** A board that was not asked who it is. */
export const NOBODY: Identity = {
  uid: "",
  platform: "",
  implementation: "",
  version: "",
  machine: "",
};
