/** `%%plot` and `%plot`: charts of the numbers that a program prints (docs/rich-output.md). */

import type { ArgumentParser } from "argparse-types";
import { UsageError } from "@/base/errors.ts";
import { defineCellMagic, defineCommand } from "./command.ts";
import type { PlotOptions } from "./plot/live_plot.ts";

interface Args {
  title?: string;
  kind: "line" | "scatter";
  x?: string;
  index: boolean;
  xlabel?: string;
  ylabel?: string;
  xlim?: [number, number];
  ylim?: [number, number];
  width: number;
  height: number;
}

const NOTHING = "No numbers to plot: print lines such as `x y`, `name=value`, `(x, y)` or CSV.\n";

function declare(parser: ArgumentParser): void {
  const limits = { type: "float" as const, nargs: 2, metavar: "N" };
  parser.add_argument("-t", "--title", { help: "what the chart is called" });
  parser.add_argument("-k", "--kind", {
    choices: ["line", "scatter"],
    default: "line",
    help: "join the points, or do not",
  });
  parser.add_argument("-x", { metavar: "NAME", help: "the named value that is x" });
  parser.add_argument("-i", "--index", {
    action: "store_true",
    help: "x is the number of the line, also where there are columns",
  });
  parser.add_argument("--xlabel", { metavar: "TEXT", help: "what x is" });
  parser.add_argument("--ylabel", { metavar: "TEXT", help: "what y is" });
  parser.add_argument("--xlim", { ...limits, help: "the least and the greatest x to show" });
  parser.add_argument("--ylim", { ...limits, help: "the least and the greatest y to show" });
  parser.add_argument("--width", { type: "int", default: 640, help: "in pixels" });
  parser.add_argument("--height", { type: "int", default: 360, help: "in pixels" });
}

/** `%plot`. */
export const plot = defineCommand<Args>({
  name: "plot",
  summary: "Draw the numbers that the last cell printed.",
  group: "notebook",
  surfaces: ["notebook"],
  arguments: declare,
  async run({ lastOutput, sink }, args) {
    const options = check(args);
    const { drawOutput } = await import("./plot/live_plot.ts");
    const data = await drawOutput(lastOutput, options);
    if (data === undefined) await sink.write("stdout", NOTHING);
    else await sink.display({ data });
  },
});

/** `%%plot`. */
export const plotCell = defineCellMagic<Args>({
  name: "plot",
  summary: "Run the cell, and draw the numbers that it prints as they come.",
  group: "notebook",
  arguments: declare,
  async run({ body, sink, runCell }, args) {
    const options = check(args);
    const { LivePlot } = await import("./plot/live_plot.ts");
    const live = new LivePlot(sink, options);
    try {
      return await runCell(body, { sink: live.sink });
    } finally {
      await live.end();
      if (!live.hasData) await sink.write("stdout", NOTHING);
    }
  },
});

/** @throws {UsageError} when there is nothing to see between limits, or in so small a chart. */
function check(args: Args): PlotOptions {
  for (const side of ["xlim", "ylim"] as const) {
    const [low, high] = args[side] ?? [0, 1];
    if (low < high && Number.isFinite(high - low)) continue;
    throw new UsageError(`--${side} wants the lesser number first, not ${low} and ${high}.`);
  }
  for (const side of ["width", "height"] as const) {
    if (args[side] >= 100 && args[side] <= 4_000) continue;
    throw new UsageError(`--${side} must be from 100 to 4000 pixels, not ${args[side]}.`);
  }
  return args;
}
