/**
 * The last runs, kept in the page itself: it takes over what the page that it replaces held. There is
 * no second file to keep, to lose, or to mix up with another rig's. Pure.
 */

import type { Verdict } from "../run/result.ts";
import type { Digest } from "./digest.ts";

/** So many runs are kept, this one among them: two months of nights. */
export const MAX_RUNS = 60;

/** A larger page is not one of ours, in UTF-16 units. */
const MAX_HISTORY_LENGTH = 16 * 1024 * 1024;

/** Something by board, and within it by name. */
type PerBoard<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

/** What is remembered of a run. */
export interface PastRun {
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly durationMs: number;
  /** Of iot. */
  readonly version: string;
  readonly interrupted: boolean;
  /** By board and figure ({@linkcode figureKey}). */
  readonly figures: PerBoard<number>;
  /** Checks that were run, by board; with its verdict each that did not simply pass. */
  readonly ran: Readonly<Record<string, number>>;
  readonly trouble: PerBoard<Verdict>;
}

const START = '<script type="application/json" id="history">';
const END = "</script>";

/** The name of a figure in the history. */
export function figureKey(
  { check, name, unit }: { readonly check: string; readonly name: string; readonly unit: string },
): string {
  return `${check}: ${name} [${unit}]`;
}

/** What to remember of this run. */
export function remember({ run, cells, figures }: Digest): PastRun {
  const { startedMs, durationMs, version, interrupted } = run;
  const byBoard: Record<string, Record<string, number>> = record();
  const trouble: Record<string, Record<string, Verdict>> = record();
  const ran: Record<string, number> = record();
  for (const figure of figures) {
    // Four digits say what a chart can show.
    (byBoard[figure.board] ??= record())[figureKey(figure)] = Number(figure.median.toPrecision(4));
  }
  for (const { board, check, verdict } of [...cells.values()].flatMap((row) => [...row.values()])) {
    if (verdict !== "skip") ran[board] = (ran[board] ?? 0) + 1;
    if (verdict !== "skip" && verdict !== "pass") (trouble[board] ??= record())[check] = verdict;
  }
  return { startedMs, durationMs, version, interrupted, figures: byBoard, ran, trouble };
}

/** The runs before this one, from the page that it replaces; none where that is no page of ours. */
export function historyIn(page: string): PastRun[] {
  const start = page.lastIndexOf(START);
  if (start === -1) return [];
  const end = page.indexOf(END, start);
  if (end === -1 || end - start > MAX_HISTORY_LENGTH) return [];
  try {
    const list: unknown = JSON.parse(page.slice(start + START.length, end));
    return Array.isArray(list) ? list.filter(isPastRun).slice(-MAX_RUNS) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return []; // a page that was cut
    throw error;
  }
}

/** `past` and this run, the oldest first and no more than are kept. */
export function withThis(past: readonly PastRun[], now: PastRun): PastRun[] {
  // Written twice, a run is still one.
  const others = past.filter(({ startedMs }) => startedMs !== now.startedMs);
  return [...others, now].sort((a, b) => a.startedMs - b.startedMs).slice(-MAX_RUNS);
}

/** The element of the page that holds `runs`. Nothing in it can end it. */
export function historyElement(runs: readonly PastRun[]): string {
  return START + JSON.stringify(runs).replaceAll("<", "\\u003c") + END;
}

function isPastRun(value: unknown): value is PastRun {
  if (!isRecord(value)) return false;
  const { startedMs, durationMs, version, interrupted, figures, ran, trouble } = value;
  return Number.isFinite(startedMs) && Number.isFinite(durationMs) &&
    typeof version === "string" && typeof interrupted === "boolean" &&
    isRecord(figures) && isRecord(trouble) && isRecord(ran) &&
    Object.values(ran).every(Number.isFinite) &&
    Object.values(figures).every((board) =>
      isRecord(board) && Object.values(board).every(Number.isFinite)
    ) &&
    Object.values(trouble).every((board) =>
      isRecord(board) && Object.values(board).every((verdict) => typeof verdict === "string")
    );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without a prototype: a board may be called "constructor". */
function record<T>(): Record<string, T> {
  return Object.create(null);
}
