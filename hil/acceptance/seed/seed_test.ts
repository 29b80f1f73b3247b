/**
 * examples/seed.ipynb: every example of the specification, run by Jupyter's own tools and by
 * `iot execute`, prints what the specification shows (docs/seed.md).
 */

import { deepStrictEqual as assertEquals, fail, ok } from "node:assert/strict";
import { ROOT } from "../support/product.ts";
import { SEED_CELLS } from "./cells.ts";
import { compare } from "./compare.ts";
import {
  codeCells,
  type NotebookCell,
  rigOf,
  SeedNotebook,
  shownOf,
  sourceOf,
} from "./seed_notebook.ts";

/** The examples among a notebook's cells: all that are no set-up. */
function examples(cells: readonly NotebookCell[]): NotebookCell[] {
  return cells.filter(({ metadata: { tags = [] } }) => !tags.includes("setup"));
}

/** @throws {AssertionError} that names every cell with another output. */
function compareAll(cells: readonly NotebookCell[], { rig }: Pick<SeedNotebook, "rig">): void {
  const wrong: string[] = [];
  for (const [index, cell] of examples(cells).entries()) {
    try {
      compare(SEED_CELLS[index], shownOf(cell), rig);
    } catch (error) {
      wrong.push((error as Error).message);
    }
  }
  if (wrong.length > 0) fail(wrong.join("\n\n"));
}

Deno.test("seed.ipynb holds every example in its order, but for addresses", async () => {
  await using notebook = await SeedNotebook.open();
  assertEquals(
    examples(await notebook.cells()).map(sourceOf),
    SEED_CELLS.map(({ input }) => notebook.adapt(input)),
  );
});

Deno.test("only the example that fails on purpose may", async () => {
  const cells = examples(await codeCells(`${ROOT}examples/seed.ipynb`));
  const may = cells.map(({ metadata: { tags = [] } }) => tags.includes("raises-exception"));
  assertEquals(may, SEED_CELLS.map(({ error }) => error !== undefined));
});

Deno.test("seed.ipynb shows the specification's outputs to who only reads it", async () => {
  const cells = await codeCells(`${ROOT}examples/seed.ipynb`);
  compareAll(cells, { rig: await rigOf("/tmp/seed/iot49") });
});

Deno.test("seed.ipynb, run by nbclient, prints what the specification shows", async () => {
  await using notebook = await SeedNotebook.open();
  compareAll(await notebook.runWithNbclient(), notebook);
  ok(await notebook.isClean(), "it leaves something behind");
});

Deno.test("seed.ipynb, run by iot execute, prints what the specification shows", async () => {
  await using notebook = await SeedNotebook.open();
  compareAll(await notebook.runWithIot(), notebook);
  ok(await notebook.isClean(), "it leaves something behind");
});
