/** What this notebook's cells said: their names and definitions, the newest last. */

import type { NameKind } from "@/device/names/names.ts";
import { type CellNames, type Definition, namesInCell } from "./cell_names.ts";

/** So many cells are remembered, the last ones: a long day's work, and little memory. */
const MAX_CELLS = 500;

/** Keeps what was read from the cells that ran. */
export class Notes {
  #cells: CellNames[] = [];

  /** Notes a cell that is about to run. */
  add(text: string): void {
    this.#cells.push(namesInCell(text));
    if (this.#cells.length > MAX_CELLS) this.#cells.shift();
  }

  /** The cells, the newest last. */
  get cells(): readonly CellNames[] {
    return this.#cells;
  }

  /** The names that cells have bound. */
  get bound(): ReadonlyMap<string, NameKind> {
    return new Map(this.#cells.flatMap(({ bound }) => [...bound]));
  }

  /** What a dotted name was last defined as: `f`, `Class`, `Class.method`. */
  definitionOf(path: readonly string[]): Definition | undefined {
    for (const { definitions, bound } of this.#cells.toReversed()) {
      const found = definitions.findLast(({ name, inside }) =>
        [...inside, name].join(".") === path.join(".")
      );
      if (found) return found;
      // Something else has the name since.
      if (bound.has(path[0]) && !definitions.some(({ name }) => name === path[0])) return undefined;
    }
    return undefined;
  }
}
