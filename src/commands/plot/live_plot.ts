/** A chart that grows while a program prints: numbers go into it, all other text passes through. */

import type { MimeBundle } from "@/base/mime.ts";
import { type Sink, type StreamName, wrapSink } from "@/base/sink.ts";
import { type ChartOptions, drawChart } from "./chart.ts";
import { mayBeRow } from "./numbers.ts";
import { RowReader } from "./reader.ts";
import { type SeriesOptions, SeriesTable } from "./series.ts";

/** So long after a chart was shown, the next may be, in milliseconds. */
const UPDATE_MS = 200;
/** A chart with more points is large: it is shown less often. */
const POINTS_PER_UPDATE = 4_000;

/** What a plot is told. */
export type PlotOptions = ChartOptions & SeriesOptions;

/**
 * Takes the output of a program. The chart is shown with the first numbers, and anew at most every
 * {@linkcode UPDATE_MS} after that; {@linkcode LivePlot.end} shows its last state.
 */
export class LivePlot {
  /** Where the program's output goes. */
  readonly sink: Sink;
  readonly #target: Sink;
  readonly #options: PlotOptions;
  readonly #table: SeriesTable;
  readonly #reader: RowReader;
  readonly #id = crypto.randomUUID();
  readonly #decoder = new TextDecoder();
  /** The line that has not ended. */
  #rest = "";
  /** Whether a part of the line was shown as text already. */
  #midLine = false;
  #shown = false;
  #changed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What is being shown; it ends before anything else is. */
  #showing: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;
  #ended = false;

  constructor(target: Sink, options: PlotOptions) {
    this.#target = target;
    this.#options = options;
    this.#table = new SeriesTable(options);
    this.#reader = new RowReader(this.#table);
    this.sink = wrapSink(target, {
      write: (stream, data) => this.#write(stream, data),
      input: async (prompt, options) => {
        await this.#passHeld();
        return await target.input(prompt, options);
      },
      // What is shown must find all text before it.
      display: async (display) => {
        await this.#passHeld();
        await target.display(display);
      },
    });
  }

  /** Whether any numbers have come. */
  get hasData(): boolean {
    return this.#table.series.size > 0;
  }

  /** The program has ended: shows the last state of the chart. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#take(this.#decoder.decode());
    const last = this.#rest;
    this.#rest = "";
    if (last !== "") await this.#pass(this.#read(last).replace(/\n$/, ""));
    await this.#passHeld();
    await this.#showing;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#changed) await this.#show();
  }

  async #write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (stream === "stderr") return await this.#target.write(stream, data);
    await this.#take(
      typeof data === "string" ? data : this.#decoder.decode(data, { stream: true }),
    );
    if (this.#changed || this.#isHolding) this.#schedule();
  }

  async #take(data: string): Promise<void> {
    const lines = (this.#rest + data).split("\n");
    this.#rest = lines.pop()!;
    let text = "";
    for (const line of lines) text += this.#read(line);
    await this.#pass(text);
  }

  #read(line: string): string {
    if (this.#midLine) {
      this.#midLine = false;
      return `${line}\n`;
    }
    const { rows } = this.#table;
    const text = this.#reader.read(line);
    if (this.#table.rows > rows) this.#changed = this.hasData;
    return text;
  }

  get #isHolding(): boolean {
    return this.#reader.isHolding || this.#rest !== "" && !mayBeRow(this.#rest);
  }

  async #pass(text: string): Promise<void> {
    if (text !== "") await this.#target.write("stdout", text);
  }

  /** Shows what was held back: nothing has come that made numbers of it. */
  async #passHeld(): Promise<void> {
    const heading = this.#reader.release();
    if (this.#rest !== "") this.#midLine = true;
    const rest = this.#rest;
    this.#rest = "";
    await this.#pass(heading + rest);
  }

  /** Sees to it that what has changed is shown, and what is held back no longer than needed. */
  #schedule(): void {
    if (this.#timer !== undefined || this.#ended) return;
    const first = this.#changed && !this.#shown;
    const points = [...this.#table.series.values()].reduce((sum, { size }) => sum + size, 0);
    const pauseMs = UPDATE_MS * Math.max(1, Math.ceil(points / POINTS_PER_UPDATE));
    this.#timer = setTimeout(() => {
      this.#showing = this.#update({ release: !first }).catch((error) => {
        this.#failure = { error };
      }).finally(() => {
        this.#timer = undefined;
        if (this.#failure === undefined && (this.#changed || this.#isHolding)) this.#schedule();
      });
    }, first ? 0 : pauseMs);
  }

  async #update({ release }: { release: boolean }): Promise<void> {
    if (release && this.#isHolding) await this.#passHeld();
    if (this.#changed) await this.#show();
  }

  async #show(): Promise<void> {
    this.#changed = false;
    const update = this.#shown;
    this.#shown = true;
    const data = await drawChart(this.#table, this.#options);
    await this.#target.display({ data, id: this.#id, ...(update && { update }) });
  }
}

/** A chart of the numbers in `text`; undefined where there are none. */
export async function drawOutput(
  text: string,
  options: PlotOptions,
): Promise<MimeBundle | undefined> {
  const table = new SeriesTable(options);
  const reader = new RowReader(table);
  for (const line of text.split("\n")) reader.read(line);
  return table.series.size === 0 ? undefined : await drawChart(table, options);
}
