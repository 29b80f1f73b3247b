/** What did not pass, the worst first, with all that helps to find out why. */

import type { CheckResult, RunResult, Verdict } from "../run/result.ts";
import type { Cell, Digest } from "./digest.ts";
import type { PastRun } from "./history.ts";
import { Html, markup } from "./markup.ts";
import { anchor } from "./matrix_markup.ts";
import { figure, plural, repeatCommand, shorten, VERDICTS } from "./text.ts";
import { attemptMarkup, MAX_TRANSCRIPTS_LENGTH, type Room } from "./transcript.ts";

/** Of a check that fails in round after round, so many rounds are told. */
const MAX_ROUNDS = 3;
const MAX_MESSAGE_LENGTH = 20_000;
const MAX_HEAD_LENGTH = 160;

const HEADINGS: Partial<Readonly<Record<Verdict, string>>> = {
  fail: "Failed",
  infrastructure: "The rig, not the product",
  flaky: "Flaky: passed when tried again",
};

/** All of them, in sections; nothing where all is well. */
export function problemsMarkup(data: Digest, runs: readonly PastRun[]): Html {
  const room: Room = { left: MAX_TRANSCRIPTS_LENGTH };
  const cells = [...data.cells.values()].flatMap((row) => [...row.values()]);
  const sections = (Object.keys(HEADINGS) as Verdict[]).map((verdict) => {
    const list = cells.filter((cell) => cell.verdict === verdict && cell.problems.length > 0);
    const lost = verdict === "infrastructure" ? lostBoards(data.run) : [];
    if (list.length + lost.length === 0) return undefined;
    return markup`<section class="problems" id="${verdict}"><h2>${HEADINGS[verdict]}</h2>${lost}${
      list.map((cell) => problem(cell, { data, runs, room }))
    }</section>`;
  });
  return markup`${sections}`;
}

/** A board that was lost takes all its other checks with it: that is one thing to tell. */
function lostBoards({ boards }: RunResult): Html[] {
  return boards.flatMap(({ board, infrastructure, checks }) => {
    if (infrastructure === undefined) return [];
    const count = checks.filter(({ verdict, attempts }) =>
      verdict === "infrastructure" && attempts.length === 0
    ).length;
    const said = count === 0 ? "" : `${plural(count, "check")} could not be run.`;
    return [
      markup`
        <article class="problem infrastructure" data-verdict="infrastructure"
          data-search="${board} ${infrastructure}">
          <h3><span class="sign" aria-hidden="true">!</span> ${board}</h3>
          <p class="message">${infrastructure}</p>
          <p>${said}</p>
        </article>
      `,
    ];
  });
}

function problem(
  cell: Cell,
  { data, runs, room }: { data: Digest; runs: readonly PastRun[]; room: Room },
): Html {
  const { board, check, verdict, problems, rounds, message = "" } = cell;
  const { sign, word } = VERDICTS[verdict];
  const [firstLine] = message.split("\n");
  const share = rounds > 1 && markup`
    <span class="share">${problems.length} of ${rounds} rounds</span>
  `;
  const told = problems.slice(0, MAX_ROUNDS).map((result) => round(result, { cell, data, room }));
  const more = problems.length > MAX_ROUNDS &&
    markup`<p class="quiet">${
      plural(problems.length - MAX_ROUNDS, "more round")
    } did not pass: the JSON report has them.</p>`;
  return markup`
    <details class="problem ${verdict}" id="${anchor(cell)}" data-verdict="${verdict}"
      data-search="${board} ${check} ${shorten(message, 2_000)}">
      <summary><span class="sign" aria-hidden="true">${sign}</span><span class="unseen">${word}</span> <b>${board}</b> <b>${check}</b>${share} <span class="head">${
    shorten(
      firstLine,
      MAX_HEAD_LENGTH,
    )
  }</span></summary>
      <div class="body"><p>${data.checks.get(check)}. ${before(cell, runs)}</p>${told}${more}</div>
    </details>
  `;
}

function round(
  { message = "", seed, round, log, measurements, attempts }: CheckResult,
  { cell, data, room }: { cell: Cell; data: Digest; room: Room },
): Html {
  const command = repeatCommand(data.run, { ...cell, seed });
  return markup`
    ${cell.rounds > 1 && markup`<h4>Round ${round}</h4>`}<pre class="message">${
    shorten(
      message,
      MAX_MESSAGE_LENGTH,
    )
  }</pre><div
      class="repeat"><span>To repeat it (seed ${seed}):</span> <code>${command}</code> <button type="button" class="copy" hidden>Copy</button></div>${
    measurements
        .length > 0 &&
    markup`<p>Measured: ${
      measurements.map(({ name, value, unit }) => `${name} ${figure(value)} ${unit}`).join(", ")
    }</p>`
  }${log.length > 0 && markup`<pre class="log">${log.join("\n")}</pre>`}${
    attempts.map((
      attempt,
      at,
    ) => attemptMarkup(attempt, { number: at + 1, of: attempts.length, room, told: message }))
  }
  `;
}

/** How it went in the runs before. */
function before({ board, check }: Cell, runs: readonly PastRun[]): string {
  // Only runs that had anything to do with this board say something.
  const past = runs.slice(0, -1).filter(({ ran }) => (ran[board] ?? 0) > 0);
  if (past.length === 0) return "";
  const times = past.filter(({ trouble }) => trouble[board]?.[check] !== undefined).length;
  return times === 0
    ? `In the ${plural(past.length, "run")} before, it passed or was not run.`
    : `It did not pass in ${times} of the ${plural(past.length, "run")} before, either.`;
}
