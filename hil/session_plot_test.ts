/** `%%plot` and `%plot` through `Session`, on simulated boards. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import type { Display } from "@/base/sink.ts";
import { startBoards } from "../mocks/sim.ts";
import { Bench, Recorder } from "./rich_testing.ts";

const VEGA_LITE = "application/vnd.vegalite.v5+json";

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  await using simulation = await startBoards({ names: ["bench"], pty: true });
  await using bench = new Bench();
  await bench.show(`%connect -q ${simulation.boards[0].addresses[0]}`);
  await work(bench);
}

function displaysOf(log: Recorder["log"]): Display[] {
  return log.filter((entry) => typeof entry === "object" && "data" in entry);
}

/** The points of a chart: `[x, y]` by series. */
function pointsOf({ data }: Display): Record<string, [number, number][]> {
  const series: Record<string, [number, number][]> = {};
  const { data: { values } } = data[VEGA_LITE] as {
    data: { values: { x: number; y: number; name: string }[] };
  };
  for (const { x, y, name } of values) (series[name] ??= []).push([x, y]);
  return series;
}

/** Holds a line until it may go on. */
const STEPS = "def step(i):\n print('at', i)\n print('(%d, %d)' % (i, i * i))\n input()\n";

Deno.test("%%plot shows a chart that grows in place while the cell runs", async () => {
  await withBench(async (bench) => {
    await bench.show(STEPS);
    // The cell goes on when what it printed is in the chart: there is no other way there.
    const seen: number[] = [];
    const sink: Recorder = new Recorder(
      [1, 2, 3].map((count) => async ({ signal }) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        signal.addEventListener("abort", () => reject(signal.reason));
        sink.onDisplay = (display) => {
          if (pointsOf(display).y.length === count) resolve();
        };
        const last = displaysOf(sink.log).at(-1);
        if (last) sink.onDisplay(last);
        await promise;
        seen.push(count);
        return "";
      }),
    );
    const { outcome, log } = await bench.run(
      "%%plot -t Squares\nfor i in range(3): step(i)\nprint('9 81')",
      { sink },
    );
    ok(outcome.status === "ok", JSON.stringify(outcome));
    assertEquals(seen, [1, 2, 3]);
    const displays = displaysOf(log);
    ok(displays.length >= 4, `${displays.length}`);
    assertEquals(new Set(displays.map(({ id }) => id)).size, 1);
    assertEquals(displays.map(({ update }) => update === true), [
      false,
      ...displays.slice(1).map(() => true),
    ]);
    assertEquals(pointsOf(displays.at(-1)!).y, [[0, 0], [1, 1], [2, 4], [9, 81]]);
    match(displays.at(-1)!.data["image/svg+xml"] as string, /^<svg [^]*Squares/);
    assertEquals(sink.stdout, "at 0\nat 1\nat 2\n");
  });
});

Deno.test("%%plot shows its last state after an error, and counts lines as the cell does", async () => {
  await withBench(async (bench) => {
    const { outcome, log } = await bench.run("%%plot\nprint('a=1')\nprint('a=2')\n1/0");
    ok(outcome.status === "error");
    match(outcome.traceback.join("\n"), /line 4[^]*ZeroDivisionError/);
    assertEquals(pointsOf(displaysOf(log).at(-1)!).a, [[0, 1], [1, 2]]);
  });
});

Deno.test("%%plot shows its last state after an interrupt", async () => {
  await withBench(async (bench) => {
    const stop = new AbortController();
    const sink = new Recorder();
    sink.onDisplay = () => stop.abort(new Interrupted());
    const { outcome, log } = await bench.run(
      "%%plot\nx = 0\nwhile True:\n print(x, 7)\n x += 1",
      { sink, signal: stop.signal },
    );
    ok(
      outcome.status === "error" && outcome.ename === "KeyboardInterrupt",
      JSON.stringify(outcome),
    );
    const last = displaysOf(log).at(-1)!;
    const { stdout } = await bench.run("print(x)");
    const x = pointsOf(last).y.at(-1)![0];
    ok(Math.abs(x - Number(stdout)) <= 1, `${x} of ${stdout}`);
  });
});

Deno.test("%%plot of a flood shows few charts, and all of it in the last one", async () => {
  await withBench(async (bench) => {
    const { sink, log } = await bench.run("%%plot\nfor i in range(50000): print(i)");
    const displays = displaysOf(log);
    ok(displays.length < 100, `${displays.length} charts`);
    match(
      displays.at(-1)!.data["text/plain"] as string,
      /y: 50,000 points, 0 to 49999, last 49999/,
    );
    assertEquals(sink.stdout, "");
  });
});

Deno.test("%%plot lets text and displays pass in order, and says when there are no numbers", async () => {
  await withBench(async (bench) => {
    const { log } = await bench.run(
      "%%plot\nprint('hello, world')\nprint('x', end='')\n" +
        "print('\\x1b]4949;display;text/html;text;3;220;;<b>\\x07')\nprint('end', end='')",
    );
    assertEquals(log.length, 3);
    assertEquals([log[0], log[2]], [
      "hello, world\nx",
      "endNo numbers to plot: print lines such as `x y`, `name=value`, `(x, y)` or CSV.\n",
    ]);
  });
});

Deno.test("%plot draws what the last cell printed, as often as one likes", async () => {
  await withBench(async (bench) => {
    await bench.show("print('t,v')\nfor i in range(4): print(i, 2 * i, sep=',')");
    for (const options of ["", "-k scatter --ylim -1 9"]) {
      const [chart] = await bench.show(`%plot ${options}`);
      assertEquals(pointsOf(chart as Display), { v: [[0, 0], [1, 2], [2, 4], [3, 6]] });
    }
    const { outcome } = await bench.run("%plot --xlim 2 1");
    ok(outcome.status === "error");
    match(outcome.evalue, /--xlim wants the lesser number first/);
    match(String(await bench.show("%%plot -h")), /usage: %%plot \[-h\]/);
  });
});
