/** What this notebook's cells said: their names and definitions, the newest last. */

import type { NameKind } from "@/device/names/names.ts";
import { type CellNames, type Definition, namesInCell } from "./cell_names.ts";

/** So many cells are remembered, the last ones: a long day's work, and little memory. */
const MAX_CELLS = 500;

/** Keeps what was read from the cells that ran. */
export class Notes {
  #cells: CellNames[] = [];
  /** The cells whose Python ran on the connected board, rather than on others only. */
  readonly #kept = new WeakSet<CellNames>();

  /** Notes a cell that is about to run; its names count from {@linkcode keepLast} on. */
  add(text: string): void {
    this.#cells.push(namesInCell(text));
    if (this.#cells.length > MAX_CELLS) this.#cells.shift();
  }

  /** Says that the newest cell's names are on the connected board. */
  keepLast(): void {
    const last = this.#cells.at(-1);
    if (last !== undefined) this.#kept.add(last);
  }

  /** The cells, the newest last. */
  get cells(): readonly CellNames[] {
    return this.#cells;
  }

  /** The names that cells have bound. */
  get bound(): ReadonlyMap<string, NameKind> {
    return new Map(this.#here().flatMap(({ bound }) => [...bound]));
  }

  /** What a dotted name was last defined as: `f`, `Class`, `Class.method`. */
  definitionOf(path: readonly string[]): Definition | undefined {
    for (const { definitions, bound } of this.#here().toReversed()) {
      const found = definitions.findLast(({ name, inside }) =>
        [...inside, name].join(".") === path.join(".")
      );
      if (found) return found;
      // Something else has the name since.
      if (bound.has(path[0]) && !definitions.some(({ name }) => name === path[0])) return undefined;
    }
    return undefined;
  }

  #here(): CellNames[] {
    return this.#cells.filter((cell) => this.#kept.has(cell));
  }
}
