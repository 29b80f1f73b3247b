/** A chart as SVG, readable on light and dark pages: it brings its own white ground. */

import type { Chart, Line } from "./chart.ts";

/** Up to so many points, each is a dot on its line. */
export const MAX_DOTS = 60;

const MARGIN = { left: 64, right: 16, top: 16, bottom: 36 };
const LINE_HEIGHT = 18;
/** Names in a legend are cut here, in UTF-16 units. */
const LEGEND_NAME_LENGTH = 24;
const CHARACTER_WIDTH = 7;
const INK = "#333";
const GRID = "#ddd";

type Scale = import("d3-scale-types").ScaleLinear<number, number>;

/** The drawing, as one `<svg>` element. */
export async function drawSvg(chart: Chart): Promise<string> {
  // @ts-types="d3-scale-types"
  const { scaleLinear } = await import("d3-scale");
  const { width, height, title, note, xlabel, ylabel, series, kind } = chart;
  const head = [title, note].filter(Boolean).length + (series.length > 1 ? 1 : 0);
  const frame = {
    left: MARGIN.left + (ylabel ? LINE_HEIGHT : 0),
    right: width - MARGIN.right,
    top: MARGIN.top + head * LINE_HEIGHT,
    bottom: height - MARGIN.bottom - (xlabel ? LINE_HEIGHT : 0),
  };
  const shown = series.flatMap(({ points }) => points.filter(({ y }) => !Number.isNaN(y)));
  const axis = (limits: Chart["xlim"], values: readonly number[], range: [number, number]) => {
    const scale = scaleLinear(limits ?? extent(values), range);
    return limits ? scale : scale.nice();
  };
  const x = axis(chart.xlim, shown.map(({ x }) => x), [frame.left, frame.right]);
  const y = axis(chart.ylim, shown.map(({ y }) => y), [frame.bottom, frame.top]);

  // Pages that hold several charts share their ids: the same one must mean the same.
  const clip = `frame-${frame.left}-${frame.top}-${frame.right}-${frame.bottom}`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${escape(title || series.map(({ name }) => name).join(", "))}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...headLines(chart, frame),
    ...xAxis(x, frame),
    ...yAxis(y, frame),
    xlabel ? text(xlabel, { x: (frame.left + frame.right) / 2, y: height - 10 }, "middle") : "",
    ylabel ? sideways(ylabel, { x: 16, y: (frame.top + frame.bottom) / 2 }) : "",
    `<clipPath id="${clip}"><rect x="${frame.left}" y="${frame.top}" ` +
    `width="${frame.right - frame.left}" height="${frame.bottom - frame.top}"/></clipPath>`,
    `<g clip-path="url(#${clip})">`,
    ...series.flatMap((one) => [
      kind === "line" ? path(one, x, y) : "",
      ...(kind === "scatter" || one.points.length <= MAX_DOTS ? dots(one, x, y) : []),
    ]),
    "</g></svg>",
  ];
  return parts.filter((part) => part !== "").join("\n");
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The title, what was left out, and the legend. */
function headLines({ title, note, series, width }: Chart, frame: Frame): string[] {
  const parts: string[] = [];
  let y = MARGIN.top;
  if (title) parts.push(text(title, { x: width / 2, y }, "middle", ' font-weight="bold"'));
  if (title) y += LINE_HEIGHT;
  if (note) parts.push(text(note, { x: width / 2, y }, "middle", ' font-size="10"'));
  if (note) y += LINE_HEIGHT;
  if (series.length < 2) return parts;
  let x = frame.left;
  for (const { name, colour } of series) {
    const short = name.length > LEGEND_NAME_LENGTH ? `${name.slice(0, LEGEND_NAME_LENGTH)}…` : name;
    const end = x + 24 + short.length * CHARACTER_WIDTH;
    if (end > frame.right) {
      parts.push(text("…", { x, y }, "start"));
      break;
    }
    parts.push(`<rect x="${x}" y="${y - 8}" width="12" height="8" fill="${colour}"/>`);
    parts.push(text(short, { x: x + 16, y }, "start"));
    x = end;
  }
  return parts;
}

function xAxis(scale: Scale, { left, right, top, bottom }: Frame): string[] {
  const count = Math.max(2, Math.floor((right - left) / 80));
  const format = scale.tickFormat(count);
  return scale.ticks(count).flatMap((tick) => {
    const x = round(scale(tick));
    return [
      `<path d="M${x},${top}V${bottom}" stroke="${GRID}"/>`,
      text(format(tick), { x, y: bottom + 16 }, "middle"),
    ];
  });
}

function yAxis(scale: Scale, { left, right, top, bottom }: Frame): string[] {
  const count = Math.max(2, Math.floor((bottom - top) / 40));
  const format = scale.tickFormat(count);
  return scale.ticks(count).flatMap((tick) => {
    const y = round(scale(tick));
    return [
      `<path d="M${left},${y}H${right}" stroke="${GRID}"/>`,
      text(format(tick), { x: left - 6, y: y + 4 }, "end"),
    ];
  });
}

/** A line with gaps; a point that stands alone is a dot, as the round ends of nothing. */
function path({ points, colour }: Line, x: Scale, y: Scale): string {
  let course = "";
  let isDown = false;
  for (const point of points) {
    const isHere = !Number.isNaN(point.y);
    if (isHere) {
      const place = `${round(x(point.x))},${round(y(point.y))}`;
      course += isDown ? `L${place}` : `M${place}h0`;
    }
    isDown = isHere;
  }
  return `<path d="${course}" fill="none" stroke="${colour}" stroke-width="1.5" ` +
    'stroke-linejoin="round" stroke-linecap="round"/>';
}

function dots({ points, colour }: Line, x: Scale, y: Scale): string[] {
  return points.filter((point) => !Number.isNaN(point.y)).map((point) =>
    `<circle cx="${round(x(point.x))}" cy="${round(y(point.y))}" r="2.5" fill="${colour}"/>`
  );
}

function text(
  content: string,
  { x, y }: { x: number; y: number },
  anchor: "start" | "middle" | "end",
  attributes = "",
): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="${INK}"` +
    `${attributes}>${escape(content)}</text>`;
}

function sideways(content: string, { x, y }: { x: number; y: number }): string {
  return text(content, { x, y }, "middle", ` transform="rotate(-90 ${x} ${round(y)})"`);
}

/** The least and the greatest; a little room around a single value, or around nothing at all. */
function extent(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (low < high) return [low, high];
  const room = Math.abs(low) * 0.1 || 1;
  return [low - room, high + room];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Text for XML; what XML cannot hold at all is left out. */
function escape(content: string): string {
  return content
    // deno-lint-ignore no-control-regex -- XML 1.0, 2.2: these are no characters
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
