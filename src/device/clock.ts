/**
 * A board's clock. Boards know no time zones: their clock shows what the clock on the wall shows,
 * and is compared with this computer's local time. Years, days and so on are read and set, never
 * seconds since an epoch, which is 1970 on some ports and 2000 on others.
 */

import { pause } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import read from "./clock_read.py" with { type: "text" };
import set from "./clock_set.py" with { type: "text" };
import type { Device } from "./device.ts";

/** What a board's clock shows. */
export interface ClockReading {
  /** `2021-06-29 18:41:07`. */
  readonly text: string;
  /** How far the board is ahead of this computer, in milliseconds; negative when behind. */
  readonly aheadMs: number;
}

/** How clocks are compared. */
export interface ClockOptions {
  readonly signal?: AbortSignal;
  /** The board keeps universal time, not local time. */
  readonly utc?: boolean;
  /** This computer's clock, in milliseconds since 1970; tests bring their own. */
  readonly now?: () => number;
}

/** A clock that is set reads within this of ours, in milliseconds; it shows whole seconds. */
const MAX_ERROR_MS = 2_000;

/** A setting that takes longer on its way than this starts with a time that is past. */
const MAX_LEAD_MS = 900;

/**
 * What the board's clock shows.
 *
 * @throws {IotError} when it has none.
 */
export async function readClock(device: Device, options: ClockOptions = {}): Promise<ClockReading> {
  const { now = Date.now, utc = false } = options;
  const before = now();
  const output = (await device.evaluate(read, signalOf(options))).trim();
  const after = now();
  const fields = output.split(" ").map(Number);
  if (fields.length !== 6 || !fields.every(Number.isInteger)) {
    throw new IotError(`The board at ${device.url} keeps no time: it has no time.localtime().`, 1);
  }
  const [year, month, day, hour, minute, second] = fields;
  const shown = utc
    ? Date.UTC(year, month - 1, day, hour, minute, second)
    : new Date(year, month - 1, day, hour, minute, second).getTime();
  // It shows whole seconds: on average, half of one more has passed.
  return { text: format(fields), aheadMs: shown + 500 - (before + after) / 2 };
}

/**
 * Sets the board's clock to this computer's time, and reads it again to see that it was set.
 *
 * @throws {IotError} when the board has no clock, or it does not keep what it was set to.
 */
export async function setClock(device: Device, options: ClockOptions = {}): Promise<ClockReading> {
  const { now = Date.now, signal } = options;
  // How long a message takes there and back; also what the board can be asked about its clock.
  const start = now();
  await device.evaluate(read, signalOf(options));
  const leadMs = Math.min((now() - start) / 2, MAX_LEAD_MS);
  // Clocks are set to whole seconds: sent so that it arrives when the next one begins.
  const target = Math.ceil((now() + leadMs) / 1_000) * 1_000;
  await pause(target - leadMs - now(), signal);
  signal?.throwIfAborted();
  const answer = await device.evaluate(callFor(target, options), signalOf(options));
  if (answer.trim() === "none") {
    throw new IotError(`The board at ${device.url} has no clock to set: it has no machine.RTC.`, 1);
  }
  const reading = await readClock(device, options);
  if (Math.abs(reading.aheadMs) > MAX_ERROR_MS) {
    throw new IotError(
      `The clock of the board at ${device.url} was set, but shows ${reading.text}: it is ` +
        `${describeLead(reading.aheadMs)}.`,
      1,
    );
  }
  return reading;
}

function callFor(time: number, { utc = false }: ClockOptions): string {
  const date = new Date(time);
  const fields = utc
    ? [
      date.getUTCFullYear(),
      date.getUTCMonth() + 1,
      date.getUTCDate(),
      (date.getUTCDay() + 6) % 7,
      date.getUTCHours(),
      date.getUTCMinutes(),
      date.getUTCSeconds(),
    ]
    : [
      date.getFullYear(),
      date.getMonth() + 1,
      date.getDate(),
      (date.getDay() + 6) % 7,
      date.getHours(),
      date.getMinutes(),
      date.getSeconds(),
    ];
  return `${set}\n_iot(${fields.join(", ")})\ndel _iot\n`;
}

/** `1.4 s ahead`, `3 days behind`. */
export function describeLead(aheadMs: number): string {
  const seconds = Math.abs(aheadMs) / 1_000;
  const side = aheadMs < 0 ? "behind" : "ahead";
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ["s", 1];
  const amount = unit === "s" ? seconds.toFixed(1) : String(Math.round(seconds / size));
  return `${amount} ${unit} ${side}`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ["years", 365.25 * 86_400],
  ["days", 86_400],
  ["hours", 3_600],
  ["minutes", 60],
];

function format([year, month, day, hour, minute, second]: readonly number[]): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

function signalOf({ signal }: ClockOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
