/**
 * What opening a port does to DTR and RTS, and so to the board.
 *
 * ESP boards have their adapter's DTR and RTS wired to reset (EN) and boot mode (IO0) by two crossed
 * transistors: the board is reset while RTS is on and DTR is off, and starts its bootloader when DTR
 * is on and RTS is off as the reset ends; with both on, or both off, it runs (Espressif, esptool
 * documentation, "Boot Mode Selection", Automatic Bootloader). The chips with USB of their own
 * imitate this. Linux turns both on in one request as a port is opened (tty_port_raise_dtr_rts), and
 * both off as it is closed, unless HUPCL is cleared, which we do.
 *
 * So the policy for every adapter is to leave the lines as they are: no board is reset, and a board
 * that sends only while DTR is on, as USB stacks of their own do, sends. A board that is wired in
 * another way can be helped by its address: `?dtr=off&rts=off`.
 */

import { UsageError } from "@/base/errors.ts";
import type { Address } from "@/transport/address.ts";

/** Our modem lines, as an address wants them; one that is not named is left as it is. */
export interface WantedLines {
  readonly dtr?: boolean;
  readonly rts?: boolean;
}

const VALUES: ReadonlyMap<string, boolean> = new Map([["on", true], ["off", false]]);

/**
 * The values of `?dtr=` and `?rts=`.
 *
 * @throws {UsageError} when one is neither `on` nor `off`.
 */
export function readLines({ href, query }: Address): WantedLines {
  const wanted: { dtr?: boolean; rts?: boolean } = {};
  for (const name of ["dtr", "rts"] as const) {
    const text = query.get(name);
    if (text === undefined) continue;
    const value = VALUES.get(text);
    if (value === undefined) {
      throw new UsageError(`"${text}" in "${href}" is no state of a line: ${name} is on or off.`);
    }
    wanted[name] = value;
  }
  return wanted;
}
