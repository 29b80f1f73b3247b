/** What was measured, each figure with its course over the last runs. */

import { type Digest, type Figure, median } from "./digest.ts";
import { figureKey, type PastRun } from "./history.ts";
import { Html, markup } from "./markup.ts";
import { change, spark } from "./spark.ts";
import { figure, plural } from "./text.ts";

/** Rates come first: the rest is folded. */
const RATE = /\/s$/;

/** Draws all figures. */
export function figuresMarkup({ figures }: Digest, runs: readonly PastRun[]): Html | undefined {
  if (figures.length === 0) return undefined;
  const groups = [...Map.groupBy(figures, figureKey)];
  const rates = groups.filter(([, [{ unit }]]) => RATE.test(unit));
  const others = groups.filter(([, [{ unit }]]) => !RATE.test(unit));
  const said = runs.length === 1
    ? "This is the first run that this file knows of: the next ones are drawn beside it."
    : `The last ${
      plural(runs.length, "run")
    }, this one at the right. Usual is the median of those before.`;
  return markup`
    <section
      id="figures"><h2>Throughput and times</h2><p class="quiet">${said} They are recorded, not judged.</p>${
    rates
      .map(([, list]) => group(list, runs))
  }${
    others.length > 0 &&
    markup`<details><summary>${
      plural(others.length, "other figure")
    }: how long things took</summary>${others.map(([, list]) => group(list, runs))}</details>`
  }</section>
  `;
}

function group(list: readonly Figure[], runs: readonly PastRun[]): Html {
  const [{ check, name, unit }] = list;
  return markup`
    <div class="figure" data-search="${check} ${name}">
      <h3>${check} <span class="quiet">${name}, ${unit}</span></h3>
      <div class="cards">${list.map((one) => card(one, runs))}</div>
    </div>
  `;
}

function card(one: Figure, runs: readonly PastRun[]): Html {
  const { board, unit, low, high } = one;
  const key = figureKey(one);
  const values = runs.map(({ figures }) => figures[board]?.[key]);
  const past = values.slice(0, -1).filter((value) => value !== undefined);
  const said = change(one.median, past.length === 0 ? undefined : median(past));
  const range = high > low ? `${figure(low)} to ${figure(high)} in this run` : "";
  const label = `${board}: ${figure(one.median)} ${unit}, ${plural(past.length + 1, "run")}`;
  return markup`
    <div class="card"
      data-search="${board}"><b>${board}</b> <span class="value">${
    figure(
      one.median,
    )
  } <small>${unit}</small></span>${
    past.length > 0 &&
    spark(values, label)
  }<small class="quiet">${
    [said, range].filter(Boolean).join(
      " · ",
    )
  }</small></div>
  `;
}
