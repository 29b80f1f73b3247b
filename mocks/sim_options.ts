/** What simulated boards are started with, and what is wrong with it. */

import { parseFault } from "./links/faults.ts";
import { checkPassword } from "./links/web_repl_password.ts";
import { programNamed } from "./programs.ts";
import { DEFAULT_PROFILE, profileNamed } from "./profiles.ts";

/** What boards to start. */
export interface SimulationOptions {
  /** One board for each. */
  readonly names: readonly string[];
  /** The name of a profile. */
  readonly profile?: string;
  /** A pseudo-terminal for each board; a path makes a symbolic link to the first one. */
  readonly pty?: boolean | string;
  /** Port of the first board on 127.0.0.1, counting up; 0 for any that are free. */
  readonly tcp?: number;
  /** Port of the first board's WebREPL on 127.0.0.1, counting up; 0 for any that are free. */
  readonly ws?: number;
  /** Port of the first board's `mp` server on 127.0.0.1, counting up; 0 for any that are free. */
  readonly mp?: number;
  /** Of the WebREPL, where it has 1 to 9 characters, and of the `mp` server. */
  readonly password?: string;
  /** Bits a second, on every port. */
  readonly baud?: number;
  /** Delay each way, on every port. */
  readonly latencyMs?: number;
  /** `NAME` or `NAME=N`, on every port. */
  readonly faults?: readonly string[];
  /** Makes what is random the same every time: a whole number of 32 bits. */
  readonly seed?: number;
  /** What they run as main.py unless their directory has one; see programs.ts. */
  readonly program?: string;
  /** A directory that keeps the first board's files; further boards have `DIR/NAME`. */
  readonly fsDir?: string;
  /** The module to start the boards' threads from, which calls `runBoardWorker()`. */
  readonly workerUrl?: URL | string;
}

/** termios.h: the slowest speed but B0, which hangs up; and far more than any UART does. */
const BAUD = { least: 50, most: 100_000_000 };
/** Longer than a way by satellite, and what timers can count. */
const MAX_LATENCY_MS = 60_000;
const MAX_PORT = 65_535;
const MAX_SEED = 2 ** 32 - 1;

/** @throws {RangeError} that says which option is wrong and what it may be. */
export function checkOptions(options: SimulationOptions): void {
  const { names, profile, baud, latencyMs, faults, seed, password } = options;
  names.forEach(checkName);
  if (new Set(names).size < names.length) {
    throw new RangeError("Two boards have the same name. Each needs one of its own.");
  }
  if (profile !== undefined) profileNamed(profile);
  faults?.forEach(parseFault);
  if (options.program !== undefined) programNamed(options.program);
  checkWhole(baud, { what: "speed", unit: " baud", ...BAUD });
  checkWhole(seed, { what: "seed", least: 0, most: MAX_SEED });
  // One port for each board.
  for (const port of [options.tcp, options.ws, options.mp]) {
    checkWhole(port, { what: "port", least: 0, most: MAX_PORT + 1 - names.length });
  }
  if (password !== undefined && options.ws !== undefined) checkPassword(password);
  if (password !== undefined && !/^[^\r\n]+$/.test(password)) {
    throw new RangeError("A password is one line of at least one character.");
  }
  if (options.ws !== undefined && profileNamed(profile ?? DEFAULT_PROFILE).webRepl === "absent") {
    throw new RangeError(`Boards of the profile "${profile}" have no WebREPL.`);
  }
  if (latencyMs !== undefined && !(latencyMs >= 0 && latencyMs <= MAX_LATENCY_MS)) {
    throw new RangeError(
      `${latencyMs} ms is no latency of a line: give a number from 0 to ${MAX_LATENCY_MS}.`,
    );
  }
}

/** A name is a part of a path, and of an address. */
function checkName(name: string): void {
  if (/^[\w.-]*[\w-][\w.-]*$/.test(name)) return;
  throw new RangeError(
    `"${name}" is no name for a board: letters, digits, ".", "_" and "-" are, as in "demo".`,
  );
}

interface Whole {
  readonly what: string;
  readonly unit?: string;
  readonly least: number;
  readonly most: number;
}

function checkWhole(value: number | undefined, { what, unit = "", least, most }: Whole): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `${value}${unit} is no ${what}: give a whole number from ${least} to ${most}.`,
  );
}
