/** The matrix of checks and boards. */

import type { Cell, Digest } from "./digest.ts";
import { Html, markup } from "./markup.ts";
import { duration, shorten, VERDICT_ORDER, VERDICTS } from "./text.ts";

/** What a pointer shows over a cell. */
const MAX_TITLE_LENGTH = 300;

/** Where a cell's failure is told. */
export function anchor({ board, check }: Pick<Cell, "board" | "check">): string {
  // A half of a surrogate pair cannot be encoded.
  const [place, what] = [board, check].map((name) => encodeURIComponent(name.toWellFormed()));
  return `problem-${place}-${what}`;
}

/** Draws it. */
export function matrixMarkup({ run, checks, cells }: Digest): Html {
  const boards = run.boards.map(({ board }) => board);
  const groups = Map.groupBy([...checks.keys()], (check) => check.split("/")[0]);
  const bodies = [...groups].map(([group, names]) =>
    markup`<tbody><tr class="group"><th colspan="${
      boards.length + 1
    }" scope="rowgroup">${group}</th></tr>${
      names.map((check) =>
        markup`<tr><th scope="row" title="${checks.get(check)}">${check}</th>${
          boards.map((board) => cellMarkup(cells.get(check)!.get(board), checks.get(check) ?? ""))
        }</tr>`
      )
    }</tbody>`
  );
  const legend = VERDICT_ORDER.map((verdict) =>
    markup`
      <span
        class="key"><span class="sign ${verdict}" aria-hidden="true">${
      VERDICTS[verdict]
        .sign
    }</span> ${VERDICTS[verdict].counted}</span>
    `
  );
  return markup`
    <section id="matrix">
      <h2>Boards and checks</h2>
      <p class="legend">${legend}</p>
      <div class="scroll" tabindex="0" role="region" aria-label="Boards and checks">
        <table class="matrix">
    <thead><tr><th scope="col">Check</th>${
    boards.map((board) => markup`<th scope="col">${board}</th>`)
  }</tr></thead>
    ${bodies}</table>
      </div>
      <p id="detail" role="status" hidden></p>
    </section>
  `;
}

function cellMarkup(cell: Cell | undefined, summary: string): Html {
  if (cell === undefined) {
    return markup`<td class="absent"><span class="unseen">not chosen</span></td>`;
  }
  const { board, check, verdict, durationMs, message, rounds, counts } = cell;
  const { sign, counted } = VERDICTS[verdict];
  const time = durationMs === undefined ? "" : duration(durationMs);
  const parts = [
    rounds === 1 ? counted : VERDICT_ORDER.filter((verdict) => counts[verdict] > 0)
      .map((verdict) => `${counts[verdict]} ${VERDICTS[verdict].counted}`).join(", "),
    time && (rounds === 1 ? time : `median ${time}`),
    message !== undefined && shorten(message, MAX_TITLE_LENGTH),
  ].filter(Boolean).join(" · ");
  const title = `${board} · ${check} · ${parts}`;
  const share = rounds > 1 && verdict !== "pass" && verdict !== "skip" &&
    `${counts[verdict]}/${rounds}`;
  const inside = markup`
    <span class="sign" aria-hidden="true">${sign}</span><span
      class="unseen">${counted}</span><small>${share || time}</small>
  `;
  const told = cell.problems.length > 0
    ? markup`<a href="#${anchor(cell)}" title="${title}">${inside}</a>`
    : markup`<button type="button" title="${title}" data-summary="${summary}">${inside}</button>`;
  return markup`
    <td class="${verdict}" data-verdict="${verdict}"
      data-search="${board} ${check} ${
    message !== undefined &&
    shorten(message, MAX_TITLE_LENGTH)
  }">${told}</td>
  `;
}
