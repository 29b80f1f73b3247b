/**
 * A run as one page for people: it needs nothing but itself, asks no server for anything, and can be
 * read without its script, which only filters and folds.
 */

import type { RunResult } from "../run/result.ts";
import { type Digest, digest } from "./digest.ts";
import { figuresMarkup } from "./figures_markup.ts";
import { historyElement, type PastRun, remember, withThis } from "./history.ts";
import { Html, markup } from "./markup.ts";
import { matrixMarkup } from "./matrix_markup.ts";
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };
import { problemsMarkup } from "./problems_markup.ts";
import { duration, plural, VERDICT_ORDER, VERDICTS } from "./text.ts";

/** What the page is made with. */
export interface HtmlOptions {
  /** The runs before this one, the oldest first: {@linkcode historyIn} the page that it replaces. */
  readonly past?: readonly PastRun[];
}

/** Makes the page. */
export async function htmlReport(run: RunResult, { past = [] }: HtmlOptions = {}): Promise<string> {
  const data = digest(run);
  const runs = withThis(past, remember(data));
  const title = `${headline(data)} · ${run.bench}`;
  // Even if something a board said became markup, it could not run or load anything.
  const policy =
    `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${await hash(
      script,
    )}'`;
  return markup`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${new Html(policy)}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,">
        <title>${title}</title>
        <style>${new Html(style)}</style>
      </head>
      <body>
    ${header(data)}
    <main>
    ${filters(data)}
    ${problemsMarkup(data, runs)}
    ${matrixMarkup(data)}
    ${boards(data)}
    ${figuresMarkup(data, runs)}
    ${skips(data)}
    </main>
    <footer>Made by iot ${run.version}. This file holds the last ${
    plural(
      runs.length,
      "run",
    )
  }; writing a report to it again keeps them.</footer>
    ${new Html(historyElement(runs))}
    <script>${new Html(script)}</script>
      </body>
    </html>
  `.text.trimStart();
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(digest).toBase64()}`;
}

/** The whole run in a few words. */
export function headline({ counts, run }: Digest): string {
  const { fail, infrastructure, pass, flaky } = counts;
  const lost = run.boards.filter((board) => board.infrastructure !== undefined).length;
  if (fail > 0) return `${fail} failed`;
  if (infrastructure > 0 || lost > 0) return "The rig failed";
  if (run.interrupted) return "Interrupted";
  return pass + flaky > 0 ? "All passed" : "Nothing was run";
}

function header(data: Digest): Html {
  const { run, counts } = data;
  const good = headline(data) === "All passed";
  const started = new Date(run.startedMs);
  const facts: readonly (readonly [string, string | Html])[] = [
    ["Rig", run.bench],
    [
      "Started",
      markup`<time datetime="${started.toISOString()}">${
        started.toISOString().slice(0, 16).replace("T", " ")
      } UTC</time>`,
    ],
    ["Took", duration(run.durationMs)],
    ["iot", run.version],
    ["Seed", String(run.seed)],
  ];
  const counted = VERDICT_ORDER.filter((verdict) => counts[verdict] > 0).map((verdict) => {
    const { sign, counted } = VERDICTS[verdict];
    return markup`<li class="${verdict}"><b><span aria-hidden="true">${sign}</span> ${
      counts[verdict].toLocaleString("en")
    }</b> ${counted}</li>`;
  });
  return markup`<header class="${good ? "good" : "bad"}">
<h1>${headline(data)}</h1>
${
    run.interrupted &&
    markup`<p class="banner">The run was interrupted: this is what was done until then.</p>`
  }
<ul class="counts">${counted}</ul>
<dl class="facts">${
    facts.map(([name, value]) =>
      markup`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>
</header>`;
}

/** Shown by the script: without it they would do nothing. */
function filters({ counts }: Digest): Html {
  const buttons = VERDICT_ORDER.filter((verdict) => counts[verdict] > 0).map((verdict) => {
    const { sign, word } = VERDICTS[verdict];
    return markup`
      <button type="button" class="${verdict}" data-verdict="${verdict}"
        aria-pressed="true"><span aria-hidden="true">${sign}</span> ${word}</button>
    `;
  });
  return markup`
    <form id="filters" role="search" hidden>
      <input id="search" type="search" placeholder="Board, check or words of a message"
        aria-label="Search" autocomplete="off">
      <span role="group" aria-label="Show">${buttons}</span>
      <output id="found" aria-live="polite"></output>
    </form>
  `;
}

function boards({ run, cells }: Digest): Html {
  const rows = run.boards.map((result) => {
    const { board, url, identity, infrastructure, checks } = result;
    const own = [...cells.values()].flatMap((row) => row.get(board) ?? []);
    const counted = VERDICT_ORDER.flatMap((verdict) => {
      const count = own.filter((cell) => cell.verdict === verdict).length;
      const { sign, counted } = VERDICTS[verdict];
      return count === 0 ? [] : [
        markup`
          <span class="count ${verdict}"
            title="${count} ${counted}"><span aria-hidden="true">${sign}</span>${count}<span class="unseen"> ${counted}</span></span>
        `,
      ];
    });
    const ms = checks.reduce(
      (sum, { attempts }) => sum + attempts.reduce((all, { durationMs }) => all + durationMs, 0),
      0,
    );
    return markup`
      <tr>
        <th scope="row">${board}</th>
        <td>${identity ? `${identity.implementation} ${identity.version}` : "unknown"}</td>
        <td>${identity?.machine}</td>
        <td><code>${identity?.uid}</code></td>
        <td><code>${url}</code></td>
        <td class="number">${duration(ms)}</td>
        <td>${counted}${
      infrastructure !== undefined &&
      markup`<p class="message">${infrastructure}</p>`
    }</td>
      </tr>
    `;
  });
  return markup`
    <section id="boards">
      <h2>Boards</h2>
      <div class="scroll" tabindex="0" role="region" aria-label="Boards">
        <table class="boards">
          <thead>
            <tr>
              <th scope="col">Board</th>
              <th scope="col">Firmware</th>
              <th scope="col">Machine</th>
              <th scope="col">UID</th>
              <th scope="col">Address</th>
              <th scope="col" class="number">Time</th>
              <th scope="col">Checks</th>
            </tr>
          </thead>
          <tbody>${rows}</tbody>
        </table>
      </div>
    </section>
  `;
}

/** The reasons, each once: a reader wants to know what is not tested here, not to read it 40 times. */
function skips({ cells }: Digest): Html | undefined {
  const all = [...cells.values()].flatMap((row) => [...row.values()])
    .filter(({ verdict }) => verdict === "skip");
  if (all.length === 0) return undefined;
  const reasons = [...Map.groupBy(all, ({ message }) => message ?? "no reason given")];
  return markup`
    <section id="skips">
      <h2>Skipped</h2>
      <dl>${
    reasons.sort(([, a], [, b]) => b.length - a.length).map(([reason, list]) =>
      markup`<div><dt>${reason}</dt>${
        [...Map.groupBy(list, ({ board }) => board)].map(([board, own]) =>
          markup`<dd><b>${board}</b> ${own.map(({ check }) => check).join(", ")}</dd>`
        )
      }</div>`
    )
  }</dl>
    </section>
  `;
}
