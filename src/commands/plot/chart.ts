/**
 * A chart in the representations that clients know: Vega-Lite, which JupyterLab draws by itself, SVG
 * for all others, and a few words.
 */

import type { MimeBundle } from "@/base/mime.ts";
import type { SeriesTable } from "./series.ts";
import { drawSvg, MAX_DOTS } from "./svg.ts";

/** How a chart looks. */
export interface ChartOptions {
  readonly kind: "line" | "scatter";
  readonly title?: string | undefined;
  readonly xlabel?: string | undefined;
  readonly ylabel?: string | undefined;
  readonly xlim?: readonly [number, number] | undefined;
  readonly ylim?: readonly [number, number] | undefined;
  /** In pixels, of the whole. */
  readonly width: number;
  readonly height: number;
}

/** What both drawings are made from. */
export interface Chart extends ChartOptions {
  readonly series: readonly Line[];
  /** What was left out, in words; empty where nothing was. */
  readonly note: string;
}

/** A series with its colour. */
export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** JupyterLab 4 draws version 5, and no later one (its package `vega5-extension`). */
const VEGA_LITE = "application/vnd.vegalite.v5+json";

/** The scheme `tableau10` of Vega (vega.github.io/vega/docs/schemes). */
const COLOURS = [
  ...["#4c78a8", "#f58518", "#e45756", "#72b7b2", "#54a24b"],
  ...["#eeca3b", "#b279a2", "#ff9da6", "#9d755d", "#bab0ac"],
];

/** An axis to greater values cannot be computed. */
const MAX_VALUE = 1e300;

/** Draws what `table` holds now. */
export async function drawChart(table: SeriesTable, options: ChartOptions): Promise<MimeBundle> {
  const lines = [...table.series].map(([name, points], at): Line => ({
    name,
    colour: COLOURS[at % COLOURS.length],
    points: points.all().map(({ x, y }) => ({ x, y: Math.abs(y) <= MAX_VALUE ? y : NaN })),
  }));
  const chart: Chart = {
    ...options,
    xlabel: options.xlabel ?? table.xName,
    ylabel: options.ylabel ?? (lines.length === 1 ? lines[0].name : undefined),
    series: lines,
    note: noteOn(table),
  };
  return {
    [VEGA_LITE]: vegaLite(chart),
    "image/svg+xml": await drawSvg(chart),
    "text/plain": summarise(table, chart),
  };
}

function noteOn(table: SeriesTable): string {
  const notes: string[] = [];
  const thinned = [...table.series.values()].filter((points) => points.thinned);
  if (thinned.length > 0) {
    const count = Math.max(...thinned.map((points) => points.count));
    notes.push(`${count.toLocaleString("en")} points, thinned: lows and highs are kept`);
  }
  if (table.missingX !== undefined) {
    notes.push(`nothing is called "${table.missingX}": x is the number of the line`);
  }
  if (table.crowded) notes.push(`only the first ${table.series.size} series are drawn`);
  return notes.join("; ");
}

/** A specification of Vega-Lite 5 (vega.github.io/vega-lite/docs/spec.html). */
function vegaLite(chart: Chart): Record<string, unknown> {
  const { kind, title, xlabel, ylabel, xlim, ylim, series, note } = chart;
  const names = series.map(({ name }) => name);
  const dots = series.every(({ points }) => points.length <= MAX_DOTS);
  const axis = (label: string | undefined, domain: readonly [number, number] | undefined) => ({
    type: "quantitative",
    title: label ?? null,
    scale: { zero: false, ...(domain && { domain }) },
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    // Dark themes leave the page dark behind it, and the text black.
    background: "white",
    width: chart.width,
    height: chart.height,
    autosize: { type: "fit", contains: "padding" },
    ...((title || note) && {
      title: { text: title ?? "", ...(note !== "" && { subtitle: note }) },
    }),
    data: {
      values: series.flatMap(({ name, points }) =>
        points.map(({ x, y }) => ({ x, y: Number.isNaN(y) ? null : y, name }))
      ),
    },
    mark: kind === "scatter"
      ? { type: "point", filled: true, clip: true, tooltip: true }
      : { type: "line", point: dots, clip: true, tooltip: true },
    encoding: {
      x: { field: "x", ...axis(xlabel, xlim) },
      y: { field: "y", ...axis(ylabel, ylim) },
      color: {
        field: "name",
        type: "nominal",
        title: null,
        scale: { domain: names, range: series.map(({ colour }) => colour) },
        ...(names.length === 1 && { legend: null }),
      },
      // Points are joined in the order they came, not by x.
      ...(kind === "line" && { order: { value: null } }),
    },
  };
}

const BARS = "▁▂▃▄▅▆▇█";
const SPARK_WIDTH = 40;

/** A line for each series: `temp: 120 points, 20.5 to 22.1, last 21 ▁▂▄█`. */
function summarise(table: SeriesTable, { title, series, note }: Chart): string {
  const lines = series.map(({ name, points }) => {
    const { count, min, max, last } = table.series.get(name)!;
    const range = min > max ? "" : `, ${brief(min)} to ${brief(max)}`;
    const points_ = `${count.toLocaleString("en")} ${count === 1 ? "point" : "points"}`;
    return `${name}: ${points_}${range}, last ${brief(last?.y ?? NaN)} ${spark(points)}`.trimEnd();
  });
  return [...(title ? [title] : []), ...lines, ...(note ? [`(${note})`] : [])].join("\n");
}

function brief(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** The course of `points` in one line of text. */
function spark(points: readonly { readonly y: number }[]): string {
  const ys = points.map(({ y }) => y).filter((y) => !Number.isNaN(y));
  if (ys.length < 2) return "";
  const low = ys.reduce((a, b) => Math.min(a, b));
  const high = ys.reduce((a, b) => Math.max(a, b));
  const width = Math.min(SPARK_WIDTH, ys.length);
  return Array.from({ length: width }, (_, at) => {
    const y = ys[Math.round(at * (ys.length - 1) / (width - 1))];
    const level = high > low ? Math.round((y - low) / (high - low) * (BARS.length - 1)) : 3;
    return BARS[level];
  }).join("");
}
