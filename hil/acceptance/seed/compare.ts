/** Compares what a cell gave with what the specification shows below it. */

import { deepStrictEqual as assertEquals } from "node:assert/strict";
import type { SeedCell } from "./cells.ts";
import { GENERAL_RULES, type Rig, RULES, type Shown, type Sides, withoutColours } from "./rules.ts";

/** @throws {AssertionError} when they differ in more than the rules allow. */
export function compare(cell: SeedCell, given: Shown, rig: Rig): void {
  let sides: Sides = {
    expected: { text: cell.output, stderr: "", displays: [], traceback: cell.error ?? "" },
    actual: { ...given, traceback: withoutColours(given.traceback) },
  };
  const rules = [
    ...Object.values(GENERAL_RULES),
    ...(cell.upTo ?? []).map((name) => RULES[name]),
  ];
  for (const rule of rules) sides = rule.apply(sides, { rig, input: cell.input });
  assertEquals(sides.actual, sides.expected, `${cell.input}\n\ngave another output`);
}
