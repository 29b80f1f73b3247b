import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { drawOutput, type PlotOptions } from "./live_plot.ts";

const OPTIONS: PlotOptions = { kind: "line", width: 640, height: 360, index: false };

interface VegaLite {
  data: { values: { x: number; y: number | null; name: string }[] };
  encoding: Record<string, Record<string, unknown>>;
  title?: unknown;
}

async function draw(output: string, options: Partial<PlotOptions> = {}) {
  const bundle = await drawOutput(output, { ...OPTIONS, ...options });
  ok(bundle !== undefined);
  const svg = bundle["image/svg+xml"] as string;
  ok(!/NaN|Infinity|undefined/.test(svg), svg);
  return {
    vega: bundle["application/vnd.vegalite.v5+json"] as VegaLite,
    svg,
    text: bundle["text/plain"] as string,
  };
}

const SERIES: [
  about: string,
  output: string,
  expected: Record<string, [number, number | null][]>,
][] = [
  ["one number a line", "5\n6\n", { y: [[0, 5], [1, 6]] }],
  ["x and y", "1 5\n3 6\n", { y: [[1, 5], [3, 6]] }],
  ["x and several y", "1 5 7\n2 6 8\n", { y1: [[1, 5], [2, 6]], y2: [[1, 7], [2, 8]] }],
  ["names", "a=1\nb=2, a=3\n", { a: [[0, 1], [1, 3]], b: [[1, 2]] }],
  ["CSV with a heading", "t,u v\n1,5\n2,6\n", { "u v": [[1, 5], [2, 6]] }],
  ["a heading that heads nothing", "a,b\nc,d\n1\n", { y: [[0, 1]] }],
  ["gaps and infinities", "1 nan\n2 inf\n3 4\n", { y: [[1, null], [2, null], [3, 4]] }],
  ["x that is nowhere", "nan 1\n2 3\n", { y: [[2, 3]] }],
  ["a gap for None, for all that was named", "None\na=1\nNone\na=2\n", {
    a: [[0, 1], [1, null], [2, 2]],
  }],
  ["a gap where x has come to", "4 1\nNone\n6 2\n", { y: [[4, 1], [4, null], [6, 2]] }],
  ["units", "t: 22 °C, v=3 V\n", { t: [[0, 22]], v: [[0, 3]] }],
  ["tuples among text", "(1, 2)\nready\n(2, 3)", { y: [[1, 2], [2, 3]] }],
];

for (const [about, output, expected] of SERIES) {
  Deno.test(`a chart shows ${about}`, async () => {
    const { vega } = await draw(output);
    const series: Record<string, [number, number | null][]> = {};
    for (const { x, y, name } of vega.data.values) (series[name] ??= []).push([x, y]);
    assertEquals(series, expected);
  });
}

Deno.test("a chart takes x from where it is told", async () => {
  const named = await draw("t=5 a=1\na=7\nt=6 a=2\n", { x: "t" });
  assertEquals(named.vega.data.values.map(({ x, y }) => [x, y]), [[5, 1], [1, 7], [6, 2]]);
  assertEquals(named.vega.encoding.x.title, "t");
  const index = await draw("5 6\n7 8\n", { index: true });
  assertEquals(index.vega.data.values.map(({ x, y, name }) => [name, x, y]), [
    ["y1", 0, 5],
    ["y1", 1, 7],
    ["y2", 0, 6],
    ["y2", 1, 8],
  ]);
});

for (
  const [about, output] of Object.entries({
    "one point": "1 1\n",
    "a constant": "1 5\n2 5\n3 5\n",
    "zeros": "0 0\n0 0\n",
    "only gaps": "1 nan\n2 nan\n",
    "huge and tiny": "1 1e308\n2 -1e308\n3 1e-300\n",
    "very many": Array.from({ length: 30_000 }, (_, x) => `${x} ${x % 997}\n`).join(""),
  })
) {
  for (const kind of ["line", "scatter"] as const) {
    Deno.test(`a ${kind} chart of ${about} is drawn`, async () => {
      const { svg, vega } = await draw(output, { kind });
      match(svg, /^<svg [^]*<\/svg>$/);
      ok(JSON.stringify(vega).length < 400_000 && svg.length < 400_000);
    });
  }
}

Deno.test("a chart says what it left out", async () => {
  const many = await draw(Array.from({ length: 5_000 }, (_, x) => `${x}\n`).join(""));
  for (const text of [many.text, many.svg, JSON.stringify(many.vega.title)]) {
    match(text, /5,000 points, thinned/);
  }
  const crowd = await draw(Array.from({ length: 30 }, (_, i) => `s${i}=1\n`).join(""));
  match(crowd.text, /only the first 20 series are drawn/);
});

Deno.test("a chart says that nothing has the name that x was to be", async () => {
  const { text, svg } = await draw("a=1\na=2\n", { x: "nosuch" });
  match(text, /nothing is called "nosuch": x is the number of the line/);
  match(svg, /nosuch/);
  const { text: found } = await draw("a=1\nt=1 a=2\n", { x: "t" });
  ok(!found.includes("nothing is called"), found);
});

Deno.test("names with markup stay names", async () => {
  const { svg, text } = await draw("{'<b>&\"': 1, 'y': 2}\n", {
    title: "</svg><script>alert(1)</script>\x00",
    xlabel: "a<b",
    ylabel: "'",
  });
  ok(!/<script|<b>/.test(svg) && !svg.includes("\x00"), svg);
  match(svg, /&#60;script&#62;/);
  match(text, /<b>&": 1 point, 1 to 1, last 1/);
});

Deno.test("a summary has a line for each series", async () => {
  const { text } = await draw("a=1 b=5\na=2 b=5\na=3 b=5\n", { title: "T" });
  assertEquals(
    text,
    "T\na: 3 points, 1 to 3, last 3 ▁▅█\nb: 3 points, 5 to 5, last 5 ▄▄▄",
  );
});
