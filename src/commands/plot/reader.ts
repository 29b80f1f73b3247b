/** From lines of text to series: what is a row, what heads columns, and what is only text. Pure. */

import { readHeading, readRow } from "./numbers.ts";
import type { SeriesTable } from "./series.ts";

/** Reads lines in order, numbers into a table. */
export class RowReader {
  readonly #table: SeriesTable;
  /** A line that may head columns; text if it does not. */
  #heading: { readonly line: string; readonly names: readonly string[] } | undefined;

  constructor(table: SeriesTable) {
    this.#table = table;
  }

  /** Whether a line is held back until the next one says what it is. */
  get isHolding(): boolean {
    return this.#heading !== undefined;
  }

  /** Takes the numbers of a line, given without its end; returns the text that is none. */
  read(line: string): string {
    const held = this.#heading;
    this.#heading = undefined;
    const before = held === undefined ? "" : `${held.line}\n`;
    const row = readRow(line);
    // What is None before any numbers leaves no gap between them.
    if (row !== undefined && !(row.kind === "gap" && this.#table.series.size === 0)) {
      const isHeaded = row.kind === "columns" && row.values.length === held?.names.length;
      if (isHeaded) this.#table.head(held!.names);
      this.#table.add(row);
      return isHeaded ? "" : before;
    }
    const names = readHeading(line);
    if (names === undefined) return `${before}${line}\n`;
    this.#heading = { line, names };
    return before;
  }

  /** The line that was held back, as text. */
  release(): string {
    const text = this.#heading === undefined ? "" : `${this.#heading.line}\n`;
    this.#heading = undefined;
    return text;
  }
}
