/** What a run came to: plain data, from which all reports are made. */

import type { Identity } from "@/device/device.ts";

/**
 * How a check ended on a board:
 * - `pass`; `flaky`: passed, but not at once;
 * - `fail`: the board, or the product with it, does not do as it should;
 * - `skip`: the board lacks what it takes, or a check that it builds on failed;
 * - `infrastructure`: the rig failed, so nothing is known about board and product.
 */
export type Verdict = "pass" | "flaky" | "fail" | "skip" | "infrastructure";

/** A figure that a check measured. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** A piece of what went over the wire. */
export interface WireChunk {
  /** Milliseconds since the check began. */
  readonly atMs: number;
  /** `out` is towards the board; `note` is ours: opened, closed, power. */
  readonly direction: "in" | "out" | "note";
  /** Printable: secrets blanked, control characters escaped as Python writes them. */
  readonly text: string;
}

/** One attempt at a check. */
export interface Attempt {
  readonly startedMs: number;
  readonly durationMs: number;
  /** Why it did not pass; undefined when it did. */
  readonly message?: string;
  /** Empty for an attempt that passed. */
  readonly transcript: readonly WireChunk[];
}

/** One check on one board, or one notebook. */
export interface CheckResult {
  readonly check: string;
  readonly summary: string;
  readonly verdict: Verdict;
  /** Why, for all but `pass`: a failure's message, a skip's reason. */
  readonly message?: string;
  readonly attempts: readonly Attempt[];
  readonly measurements: readonly Measurement[];
  readonly log: readonly string[];
  /** Of everything random in it: `--seed` with it does the same again. */
  readonly seed: number;
  /** From 1, with `--repeat`. */
  readonly round: number;
}

/** One board's part of a run. */
export interface BoardResult {
  readonly board: string;
  /** Where it answered; undefined when it never did. */
  readonly url?: string;
  readonly identity?: Identity;
  /** Why the board could not be had at all, or was lost for good. */
  readonly infrastructure?: string;
  readonly checks: readonly CheckResult[];
}

/** A whole run. */
export interface RunResult {
  /** Of iot. */
  readonly version: string;
  readonly bench: string;
  /** Of everything random in its first round: what `--seed` takes. */
  readonly seed: number;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly durationMs: number;
  readonly interrupted: boolean;
  readonly boards: readonly BoardResult[];
}
