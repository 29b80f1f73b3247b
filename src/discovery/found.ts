/** What discovery finds. */

import type { IotError } from "@/base/errors.ts";
import type { Identity } from "@/device/device.ts";
import type { Party } from "./party.ts";
import type { UsbPort } from "./usb.ts";

/** A board: one that answered, or one that is known without asking. */
export interface Found extends Identity {
  readonly name: string;
  readonly url: string;
  /** The USB device that it is reached by. */
  readonly usb?: UsbPort;
  /** The other program of ours that has it. */
  readonly holder?: Party;
}

/** An address where no board could be used. */
export interface Unusable {
  readonly url: string;
  readonly error: IotError;
  /** The USB device there. */
  readonly usb?: UsbPort;
}

/** A board that announces itself on the network, and was not spoken to. */
export interface Announced {
  /** What to call it: the name that its UID has here, else what it calls itself, or the address. */
  readonly name: string;
  readonly url: string;
  /** Who it says it is; empty where it does not say. */
  readonly uid: string;
  readonly announced: true;
}

/** A port that is not a board's, and was left alone. */
export interface Ignored {
  readonly url: string;
  readonly usb?: UsbPort;
}

/** What discovery saw. */
export interface Survey {
  readonly found: readonly Found[];
  readonly unusable: readonly Unusable[];
  readonly ignored: readonly Ignored[];
  readonly announced: readonly Announced[];
  /** What is wrong with the settings, a sentence each. */
  readonly problems: readonly string[];
}

/** Schemes in the order in which a board that has several addresses is connected to. */
const PREFERENCE: readonly string[] = ["serial", "ws", "wss"];

/** The same, with the addresses to prefer first: serial, then ws, then as they came. */
export function byPreference<T extends { readonly url: string }>(rows: readonly T[]): T[] {
  const rank = ({ url }: T) => {
    const at = PREFERENCE.indexOf(schemeOf(url));
    return at === -1 ? PREFERENCE.length : at;
  };
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

/** What an address begins with, lower case. */
export function schemeOf(url: string): string {
  return url.slice(0, url.indexOf("://")).toLowerCase();
}

/** The boards to choose from. */
export function listFound(found: readonly Found[]): string {
  if (found.length === 0) return NO_BOARD_HINT;
  const names = found.map(({ name, url }) => `${name} (${url})`).join(", ");
  return `Say which one to use: ${names}.`;
}

/** What someone without a board can do. */
export const NO_BOARD_HINT = "Plug in a board, or try a simulated one: sim://demo";
