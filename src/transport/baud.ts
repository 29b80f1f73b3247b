/** The speed of a serial port, where an address names one. */

import { UsageError } from "@/base/errors.ts";
import type { Address } from "./address.ts";

/** termios.h: the slowest speed that is one. */
const MIN_BAUD = 50;
/** The fastest that common USB adapters do (FT232H). */
const MAX_BAUD = 12_000_000;

/**
 * The value of `?baud=`; undefined where there is none.
 *
 * @throws {UsageError} when it is no speed.
 */
export function readBaud({ href, query }: Address): number | undefined {
  const text = query.get("baud");
  if (text === undefined) return undefined;
  const baud = Number(text);
  if (/^\d+$/.test(text) && baud >= MIN_BAUD && baud <= MAX_BAUD) return baud;
  throw new UsageError(
    `"${text}" in "${href}" is not a speed: baud is a number from ${MIN_BAUD} to ${MAX_BAUD}.`,
  );
}
