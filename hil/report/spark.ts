/** A small chart of one figure over the last runs. It takes its colours from the page. */

import { Html, markup } from "./markup.ts";
import { figure } from "./text.ts";

const WIDTH = 160;
const HEIGHT = 40;
const MARGIN = 4;

/**
 * Draws `values`, the oldest first; undefined is a run without this figure. The ground is zero, so
 * that a change looks as large as it is. `label` says it to those who do not see it.
 */
export function spark(values: readonly (number | undefined)[], label: string): Html {
  const known = values.filter((value) => value !== undefined);
  const top = known.reduce((a, b) => Math.max(a, b), 0) || 1;
  const step = (WIDTH - 2 * MARGIN) / Math.max(1, values.length - 1);
  const place = (value: number, at: number): readonly [number, number] => [
    round(values.length === 1 ? WIDTH - MARGIN : MARGIN + at * step),
    round(HEIGHT - MARGIN - Math.max(0, value) / top * (HEIGHT - 2 * MARGIN)),
  ];
  // Over a run without the figure the line goes on: it was not measured, it was not nothing.
  const points = values.flatMap((value, at) => value === undefined ? [] : [place(value, at)]);
  const course = points.map(([x, y]) => `${x},${y}`).join(" ");
  const last = points.at(-1);
  return markup`
    <svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"
      aria-label="${label}">${markup`
        <path class="ground" d="M0,${HEIGHT - MARGIN}H${WIDTH}" />
      `}${
    points.length > 1 && markup`
        <polyline points="${course}" />
      `
  }${
    last && markup`
        <circle cx="${last[0]}" cy="${last[1]}" r="3" />
      `
  }</svg>
  `;
}

/** `214 KB/s, 12 % less than usual`, where usual is the median before. */
export function change(now: number, usual: number | undefined): string {
  if (usual === undefined || usual === 0) return "";
  const percent = Math.round((now / usual - 1) * 100);
  if (percent === 0) return "as usual";
  if (percent > 200) return `${figure(now / usual)} × usual`;
  return percent > 0 ? `${percent} % above usual` : `${-percent} % below usual`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
