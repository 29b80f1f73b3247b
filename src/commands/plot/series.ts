/** The named series of a chart, made of the rows that a program prints. */

import type { Row } from "./numbers.ts";
import { Points } from "./points.ts";

/** More lines than this nobody tells apart. */
export const MAX_SERIES = 20;

/** What goes where. */
export interface SeriesOptions {
  /** All columns are series; x is the number of the row. */
  readonly index: boolean;
  /** The name whose values are x. */
  readonly x?: string | undefined;
}

/** A chart's data. */
export class SeriesTable {
  readonly #options: SeriesOptions;
  readonly #series = new Map<string, Points>();
  #heading: readonly string[] = [];
  /** Whether the name that is to be x has had a value. */
  #xSeen = false;
  /** The x of the last row; undefined where that was its number. */
  #lastX: number | undefined;
  /** How many rows have come. */
  rows = 0;
  /** What the x axis shows, where the data say so. */
  xName: string | undefined;
  /** Whether there were more series than {@linkcode MAX_SERIES}. */
  crowded = false;

  constructor(options: SeriesOptions) {
    this.#options = options;
  }

  get series(): ReadonlyMap<string, Points> {
    return this.#series;
  }

  /** The names of the columns to come. */
  head(names: readonly string[]): void {
    this.#heading = names;
  }

  /** The name that was to be x, where nothing has had it. */
  get missingX(): string | undefined {
    return this.#xSeen ? undefined : this.#options.x;
  }

  add(row: Row): void {
    if (row.kind === "gap") return this.#addGap();
    const named = row.kind === "named" ? row.values : this.#nameColumns(row.values);
    const xAt = this.#xColumn(row, named);
    const x = xAt === -1 ? this.rows : named[xAt][1];
    if (xAt !== -1 && (row.kind === "named" || this.#heading.length > 0)) {
      this.xName = named[xAt][0];
    }
    this.rows++;
    if (xAt !== -1) this.#xSeen = true;
    this.#lastX = xAt === -1 ? undefined : x;
    // A value that is nowhere on the x axis cannot be drawn.
    if (!Number.isFinite(x)) return;
    named.forEach(([name, y], at) => {
      if (at !== xAt) this.#points(name)?.add({ x, y });
    });
  }

  /** Interrupts all lines, wherever on the x axis they have come to. */
  #addGap(): void {
    const x = this.#lastX ?? this.rows;
    this.rows++;
    for (const points of this.#series.values()) points.add({ x, y: NaN });
  }

  #points(name: string): Points | undefined {
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    if (this.#series.size === MAX_SERIES) {
      this.crowded = true;
      return undefined;
    }
    const points = new Points();
    this.#series.set(name, points);
    return points;
  }

  /** Which value is x; -1 where the number of the row is. */
  #xColumn(
    row: Exclude<Row, { kind: "gap" }>,
    named: readonly (readonly [string, number])[],
  ): number {
    const { x, index } = this.#options;
    if (x !== undefined) return named.findIndex(([name]) => name === x);
    return row.kind === "columns" && named.length > 1 && !index ? 0 : -1;
  }

  #nameColumns(values: readonly number[]): [string, number][] {
    const headed = this.#heading.length === values.length;
    const hasX = values.length > 1 && !this.#options.index && this.#options.x === undefined;
    const ys = hasX ? values.length - 1 : values.length;
    return values.map((value, at) => {
      const number = hasX ? at : at + 1;
      if (headed) return [this.#heading[at], value];
      return [hasX && at === 0 ? "x" : ys === 1 ? "y" : `y${number}`, value];
    });
  }
}
