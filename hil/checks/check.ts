/**
 * What a check is: one value with a name and a function. It says what it needs and what it builds
 * on; the runner owns connecting, resetting, deadlines and the verdict.
 */

import type { Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import type { Device, Identity } from "@/device/device.ts";
import type { Transport } from "@/transport/transport.ts";
import type { BoardSpec } from "../rig/bench.ts";

/** What firmware may have or lack: what people call it, and a line of Python that fails without. */
export const FEATURES = {
  rawOutput: { title: "sys.stdout.buffer", test: "import sys;sys.stdout.buffer.write" },
  memory: { title: "gc.mem_free", test: "import gc;gc.mem_free()" },
  rename: { title: "os.rename", test: "import os;os.rename" },
  folders: { title: "folders", test: "import os;os.mkdir" },
  clock: { title: "clock that tells the date", test: "import time;time.localtime()" },
  sha256: { title: "hashlib.sha256", test: "import hashlib;hashlib.sha256" },
  pins: { title: "machine.Pin", test: "import machine;machine.Pin" },
  network: { title: "network module", test: "import network;network.WLAN" },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly test: string }>>;

/** The name of a {@linkcode FEATURES} row. */
export type Feature = keyof typeof FEATURES;

/** What is known about a board before its checks begin. */
export interface BoardFacts {
  readonly spec: BoardSpec;
  /** Where it answered when it was asked. */
  readonly url: string;
  readonly identity: Identity;
  readonly features: ReadonlySet<Feature>;
  /** Whether code may not write files, as in CircuitPython while USB has them. */
  readonly readOnly: boolean;
  /** Bytes of its file system that are free; undefined where it does not say. */
  readonly freeFlashBytes?: number;
}

/** Something a check needs: a reason why this board does not have it, or undefined when it has. */
export type Need = (facts: BoardFacts) => string | undefined;

/** One check. */
export interface Check {
  /** Its group and name, which globs match: `exec/unicode`. */
  readonly name: string;
  /** What is true when it passes, as one line. */
  readonly summary: string;
  /** Skipped with the first reason that one of these gives. */
  readonly needs?: readonly Need[];
  /** Names of checks without which it makes no sense; skipped, and said so, when one failed. */
  readonly after?: readonly string[];
  /** How long it may take, in milliseconds; a minute where nothing is said. */
  readonly timeoutMs?: number;
  /**
   * Does the check.
   *
   * @throws {CheckFailure} when the board, or the product with it, does not do as it should.
   */
  run(context: CheckContext): Promise<void>;
}

/** Checks a check's shape where it is defined. */
export function defineCheck(check: Check): Check {
  return check;
}

/** What a check works with. Whatever it opened is closed after it. */
export interface CheckContext {
  readonly facts: BoardFacts;
  /** Where the board answers now: power may have given it another port. */
  readonly url: string;
  /** Aborts when the check's time is over or somebody interrupts. */
  readonly signal: AbortSignal;
  /** Of everything random in the check; printed with its failure. */
  readonly seed: number;
  /** The board, connected: opened with the first call. */
  device(): Promise<Device>;
  /** Bytes to and from the board, without a raw REPL; the device is let go before. */
  line(options?: LineOptions): Promise<Transport>;
  /** Lets go of what is open: the next call connects anew. */
  release(): Promise<void>;
  /**
   * Runs a cell as a notebook would, with this board as its device and an empty folder as working
   * directory, `$IOT` and home.
   */
  cell(text: string, options?: CellOptions): Promise<CellResult>;
  /** What may stand at the end of `text`, as Tab offers it in a notebook. */
  complete(text: string): Promise<readonly string[]>;
  /** That folder's path. */
  readonly folder: string;
  /** Waits until the board answers after something that it restarts from. */
  settle(): Promise<void>;
  /** Power off and on; undefined where nobody can. */
  readonly powerCycle?: () => Promise<void>;
  /** A text of the user's secrets.py; undefined where it has none of that name. */
  secret(name: string): Promise<string | undefined>;
  /** Ends the check: the board lacks what it takes, as only the check could find out. */
  skip(reason: string): never;
  /** A line for the report. */
  log(text: string): void;
  /** A figure for the report: recorded, not judged. Unit as people write it: `KB/s`, `ms`. */
  measure(name: string, value: number, unit: string): void;
}

/** How a line is opened. */
export interface LineOptions {
  /** The board's own where not given. */
  readonly url?: string;
  /** Instead of the one that is configured. */
  readonly password?: string;
}

/** How a cell is run. */
export interface CellOptions {
  /** The board's own where not given. */
  readonly url?: string;
  /** The connection is lost when so many bytes have been sent to the board. */
  readonly cutAfterBytes?: number;
  /** Where the notebook is: its first cell's working directory. The empty folder where not given. */
  readonly directory?: string;
  /** Takes the cell's output, of which none is in the result then. */
  readonly sink?: Sink;
}

/** What a cell came to. */
export interface CellResult {
  readonly outcome: Outcome;
  readonly stdout: string;
  readonly stderr: string;
}
