/** A run as its last lines on the terminal. Pure. */

import type { RunResult, Verdict } from "../run/result.ts";
import { type Cell, countOf, digest } from "./digest.ts";
import {
  duration,
  plural,
  repeatCommand,
  shorten,
  VERDICT_ORDER,
  VERDICTS,
  visible,
} from "./text.ts";

/** SGR colours. */
export const COLOURS: Readonly<Record<Verdict, string>> = {
  pass: "32",
  flaky: "33",
  fail: "31",
  skip: "90",
  infrastructure: "35",
};

/** `text` in the verdict's colour, where colour is welcome. */
export function paint(
  text: string,
  { verdict, colour }: { readonly verdict: Verdict; readonly colour: boolean },
): string {
  return colour ? `\x1b[${COLOURS[verdict]}m${text}\x1b[0m` : text;
}

/** Of a message, so much is said here. In UTF-16 units. */
const MAX_MESSAGE_LENGTH = 600;

const HEADINGS: readonly (readonly [Verdict, string])[] = [
  ["flaky", "Flaky: passed when tried again"],
  ["infrastructure", "The rig, not the product"],
  ["fail", "Failed"],
];

/** Makes them: the worst last, where a terminal stands. */
export function summary(
  run: RunResult,
  { colour }: { readonly colour: boolean },
): string {
  const data = digest(run);
  const cells = [...data.cells.values()].flatMap((row) => [...row.values()]);
  const lines: string[] = [""];
  for (const [verdict, heading] of HEADINGS) {
    const own = cells.filter((cell) => cell.verdict === verdict && cell.problems.length > 0)
      .flatMap((cell) => problem(cell, run));
    if (verdict === "infrastructure") own.unshift(...lostBoards(run));
    if (own.length > 0) lines.push(paint(heading, { verdict, colour }), ...own, "");
  }
  const counts = countOf(run.boards.flatMap(({ checks }) => checks));
  const counted = VERDICT_ORDER.filter((verdict) => counts[verdict] > 0)
    .map((verdict) =>
      paint(`${counts[verdict]} ${VERDICTS[verdict].counted}`, { verdict, colour })
    );
  const stopped = run.interrupted ? "Interrupted. " : "";
  lines.push(
    `${stopped}${plural(run.boards.length, "board")}: ${counted.join(", ") || "no checks"}, in ${
      duration(run.durationMs)
    } (seed ${run.seed})`,
  );
  return lines.join("\n") + "\n";
}

function problem({ board, check, message = "", problems, rounds }: Cell, run: RunResult): string[] {
  const share = rounds > 1 ? ` (${problems.length} of ${rounds} rounds)` : "";
  const { seed } = problems[0];
  return [
    visible(`  ${board}  ${check}${share}`),
    ...indented(message),
    visible(`    ${repeatCommand(run, { board, check, seed })}`),
  ];
}

/** A lost board takes all its other checks with it: that is one thing to say. */
function lostBoards({ boards }: RunResult): string[] {
  return boards.flatMap(({ board, infrastructure, checks }) => {
    if (infrastructure === undefined) return [];
    const count = checks.filter(({ verdict, attempts }) =>
      verdict === "infrastructure" && attempts.length === 0
    ).length;
    const said = count === 0 ? "" : `  ${plural(count, "check")} could not be run`;
    return [visible(`  ${board}${said}`), ...indented(infrastructure)];
  });
}

function indented(message: string): string[] {
  return shorten(visible(message), MAX_MESSAGE_LENGTH).split("\n").map((line) => `    ${line}`);
}
