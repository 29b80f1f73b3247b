/** Which checks run, and in which order. Pure. */

import type picomatch from "picomatch";
import { UsageError } from "@/base/errors.ts";
import { closest } from "@/base/text.ts";
import type { Check } from "../checks/check.ts";

/** A part of a run: the `index`th, from 1, of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The checks whose names match one of `globs`, all without any, in an order in which each comes
 * behind those that it builds on.
 *
 * @throws {UsageError} when a glob matches nothing.
 */
export function selectChecks(
  checks: readonly Check[],
  { globs, match }: { readonly globs: readonly string[]; readonly match: typeof picomatch },
): Check[] {
  const chosen = new Set<Check>();
  for (const glob of globs) {
    const matches = match(glob.includes("/") ? glob : `{${glob},${glob}/**}`);
    const found = checks.filter(({ name }) => matches(name));
    if (found.length === 0) throw noSuchCheck(glob, checks);
    for (const check of found) chosen.add(check);
  }
  return inOrder(globs.length === 0 ? checks : checks.filter((check) => chosen.has(check)));
}

/** `checks`, each behind those of them that it builds on; else as they were. */
export function inOrder(checks: readonly Check[]): Check[] {
  const byName = new Map(checks.map((check) => [check.name, check]));
  const ordered = new Set<Check>();
  const visiting = new Set<Check>();
  const visit = (check: Check) => {
    if (visiting.has(check)) throw new Error(`the check ${check.name} builds on itself`);
    visiting.add(check);
    for (const name of check.after ?? []) {
      const before = byName.get(name);
      if (before !== undefined && !ordered.has(before)) visit(before);
    }
    visiting.delete(check);
    ordered.add(check);
  };
  for (const check of checks) visit(check);
  return [...ordered];
}

/** A check on a board, by their places among all that are run. */
export interface Pair {
  readonly board: number;
  readonly check: number;
  /** How many boards there are. */
  readonly boards: number;
}

/**
 * Whether a pair belongs to a shard: every machine that is given the same bench and checks divides
 * them in the same way. Whole boards where there are enough, so that checks stay together with those
 * that they build on. Else the checks of a board are dealt out, and one whose base is in another shard
 * is run whatever came of that.
 */
export function inShard({ board, check, boards }: Pair, { index, count }: Shard): boolean {
  const place = boards >= count ? board : board + check;
  return place % count === index - 1;
}

/**
 * Reads `K/N`.
 *
 * @throws {UsageError} when it is none.
 */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? [];
  if (index >= 1 && index <= count) return { index, count };
  throw new UsageError(`"${text}" is no shard: write K/N, the first of three as 1/3.`);
}

function noSuchCheck(glob: string, checks: readonly Check[]): UsageError {
  const near = closest(glob, checks.map(({ name }) => name));
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  return new UsageError(`No check matches "${glob}".${hint} iot hil-test --list lists all.`);
}
