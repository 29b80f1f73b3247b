/** docs/hil.md shows benches that can be read, and leaves out no key and no group of checks. */

import assert from "node:assert/strict";
import { Environment } from "@/config/environment.ts";
import { ROOT } from "../acceptance/support/product.ts";
import { CHECKS } from "../checks/all.ts";
import { BOARD_KEYS, parseBench } from "./read_bench.ts";

const text = await Deno.readTextFile(`${ROOT}docs/hil.md`);
const environment = new Environment({ HOME: "/home/me" });

Deno.test("docs/hil.md shows benches that can be read", async () => {
  const blocks = [...text.matchAll(/```yaml\n(boards:\n {2}(?:sim-esp|pico-1):[^]*?)```/g)];
  const names: string[][] = [];
  for (const [, block] of blocks) {
    const { boards } = await parseBench(block, { path: "docs/hil.md", environment });
    names.push(boards.map(({ name }) => name));
  }
  assert.deepEqual(names, [
    ["sim-esp", "sim-pico"],
    ["pico-1", "feather", "shed", "far", "micro", "sim-esp"],
  ]);
});

Deno.test("docs/hil.md has every key of a board", () => {
  for (const key of Object.keys(BOARD_KEYS)) {
    assert.match(text, new RegExp(`^\\| \`${key}\` +\\|`, "m"), key);
  }
});

Deno.test("docs/hil.md has every group of checks", () => {
  for (const group of new Set(CHECKS.map(({ name }) => name.split("/")[0]))) {
    assert.match(text, new RegExp(`^\\| \`${group}\` +\\|`, "m"), group);
  }
});
