/** A run as the page shows it: the rounds of a check on a board are one cell. Pure. */

import type { BoardResult, CheckResult, RunResult, Verdict } from "../run/result.ts";
import { durationOf, VERDICT_ORDER } from "./text.ts";

/** A check on a board, all rounds of it. */
export interface Cell {
  readonly board: string;
  readonly check: string;
  /** The worst of all rounds. */
  readonly verdict: Verdict;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly rounds: number;
  /** The median of the rounds that ran, in milliseconds; undefined where none did. */
  readonly durationMs?: number;
  /** Of the first round with this verdict. */
  readonly message?: string;
  /** The rounds that ran and did not pass, the worst first. */
  readonly problems: readonly CheckResult[];
}

/** What a check measured on a board. */
export interface Figure {
  readonly board: string;
  readonly check: string;
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** All that the page shows of this run. */
export interface Digest {
  readonly run: RunResult;
  /** How many results have each verdict, rounds counted. */
  readonly counts: Readonly<Record<Verdict, number>>;
  /** In the order in which they were run, with what they check. */
  readonly checks: ReadonlyMap<string, string>;
  /** By check, then by board. */
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, Cell>>;
  readonly figures: readonly Figure[];
}

/** Makes it. */
export function digest(run: RunResult): Digest {
  const checks = new Map<string, string>();
  const cells = new Map<string, Map<string, Cell>>();
  const figures: Figure[] = [];
  for (const board of run.boards) {
    for (const [check, results] of Map.groupBy(board.checks, ({ check }) => check)) {
      checks.set(check, checks.get(check) ?? results[0].summary);
      const row = cells.get(check) ?? new Map<string, Cell>();
      row.set(board.board, cellOf(board, results));
      cells.set(check, row);
      figures.push(...figuresOf(board, results));
    }
  }
  const counts = countOf(run.boards.flatMap((board) => board.checks));
  return { run, counts, checks, cells, figures };
}

function cellOf({ board }: BoardResult, results: readonly CheckResult[]): Cell {
  const counts = countOf(results);
  const verdict = VERDICT_ORDER.find((verdict) => counts[verdict] > 0)!;
  const message = results.find((result) => result.verdict === verdict)?.message;
  const times = results.filter(({ attempts }) => attempts.length > 0).map(durationOf);
  const problems = results.filter((result) =>
    result.attempts.length > 0 && !["pass", "skip"].includes(result.verdict)
  ).sort((a, b) => VERDICT_ORDER.indexOf(a.verdict) - VERDICT_ORDER.indexOf(b.verdict));
  return {
    ...{ board, check: results[0].check, verdict, counts, rounds: results.length, problems },
    ...(times.length > 0 && { durationMs: median(times) }),
    ...(message !== undefined && { message }),
  };
}

function figuresOf({ board }: BoardResult, results: readonly CheckResult[]): Figure[] {
  const all = results.flatMap(({ measurements }) => measurements)
    .filter(({ value }) => Number.isFinite(value));
  return [...Map.groupBy(all, ({ name }) => name)].map(([name, list]) => {
    const values = list.map(({ value }) => value);
    return {
      ...{ board, check: results[0].check, name, unit: list[0].unit, median: median(values) },
      ...{
        low: values.reduce((a, b) => Math.min(a, b)),
        high: values.reduce((a, b) => Math.max(a, b)),
      },
    };
  });
}

/** How many of `results` have each verdict. */
export function countOf(results: readonly CheckResult[]): Record<Verdict, number> {
  const counts = { fail: 0, infrastructure: 0, flaky: 0, pass: 0, skip: 0 };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

/** The middle of `values`, of which there is at least one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
