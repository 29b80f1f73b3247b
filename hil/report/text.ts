/** Words and figures as all reports write them, and texts of boards made harmless. */

import type { CheckResult, RunResult, Verdict, WireChunk } from "../run/result.ts";

/** How a verdict is shown: a word, and a sign that needs no colour. */
export interface VerdictWords {
  readonly word: string;
  /** Of several: `2 failed`. */
  readonly counted: string;
  readonly sign: string;
}

/** From the worst: what is said of several results is said of the first of these among them. */
export const VERDICTS: Readonly<Record<Verdict, VerdictWords>> = {
  fail: { word: "fail", counted: "failed", sign: "✗" },
  infrastructure: { word: "rig", counted: "not run because of the rig", sign: "!" },
  flaky: { word: "flaky", counted: "flaky", sign: "~" },
  pass: { word: "pass", counted: "passed", sign: "✓" },
  skip: { word: "skip", counted: "skipped", sign: "–" },
};

/** The worst first. */
export const VERDICT_ORDER = Object.keys(VERDICTS) as Verdict[];

/** Towards the board, from it, and what we say. */
export const ARROWS: Readonly<Record<WireChunk["direction"], string>> = {
  out: ">",
  in: "<",
  note: "#",
};

/**
 * Controls but newline and tab, and what turns the direction of writing or has no width: in a
 * terminal they could do something, on a page they could hide something.
 */
const INVISIBLE =
  // deno-lint-ignore no-control-regex -- control characters are what is replaced
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|\p{Surrogate}/gu;

/** `text`, in which such characters are spelled out: `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(INVISIBLE, (char) => {
    const code = char.charCodeAt(0);
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
  });
}

/** `text`, cut at `length` UTF-16 units, with a word on what is gone. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  // Not in the middle of a character.
  const end = text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
  return `${end} … (${text.length - end.length} more characters)`;
}

/** `0.52 s`, `12.3 s`, `3 min 37 s`, `2 h 5 min`; for people. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(ms < 995 ? 2 : 1)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1,923`, `214`, `5.28`, `0.812`: three digits are what a measurement on a busy machine holds. */
export function figure(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}

/** `1 check`, `2 checks`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** How long all attempts at a check took, in milliseconds. */
export function durationOf({ attempts }: Pick<CheckResult, "attempts">): number {
  return attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** The command line that does a check again, as a shell takes it. */
export function repeatCommand(
  { bench }: Pick<RunResult, "bench">,
  { board, check, seed }: { readonly board: string; readonly check: string; readonly seed: number },
): string {
  const notebook = /^notebook\/(.+)$/s.exec(check)?.[1];
  const what = notebook === undefined ? ["--check", check] : [notebook];
  const words = ["--bench", bench, "--board", board, ...what, "--seed", String(seed)];
  return ["iot", "hil-test", ...words.map(quote)].join(" ");
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
