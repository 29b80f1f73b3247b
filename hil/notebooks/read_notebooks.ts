/** Reads notebooks that are to be tests; what is wrong with one is said before a board is touched. */

import { UsageError } from "@/base/errors.ts";
import {
  type CodeCell,
  hasTag,
  isCode,
  type Notebook,
  parseNotebook,
  sourceOf,
} from "@/jupyter/notebook.ts";
import type { Check } from "../checks/check.ts";
import { outputLines } from "./lines.ts";
import { type NotebookCell, notebookCheck } from "./notebook_check.ts";
import { exactPatterns, type LinePattern, readPatterns } from "./patterns.ts";

/** How long a notebook may take where it says nothing, in milliseconds. */
const NOTEBOOK_MS = 10 * 60_000;

/** The most that it may say, in seconds: a week. Timers hold no more than 24 days. */
const MAX_SECONDS = 7 * 24 * 3600;

/** A larger file is hardly a notebook. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * What tags of cells mean. `raises-exception` and `skip-execution` are nbclient's, those that begin
 * with `nbval-` are nbval's (https://nbval.readthedocs.io), the last is ours.
 */
const TAGS = {
  raises: ["raises-exception", "nbval-raises-exception"],
  skip: ["skip-execution", "nbval-skip"],
  ignore: ["nbval-ignore-output"],
  match: ["iot-match"],
} as const;

/**
 * The checks that notebooks are, in the order in which they are given; one that is given twice is
 * one.
 *
 * @throws {UsageError} when one cannot be read, is no notebook, or has nothing to run.
 */
export async function readNotebooks(paths: readonly string[]): Promise<Check[]> {
  const checks = new Map<string, Check>();
  for (const path of paths) {
    const { real, text } = await readFile(path);
    if (!checks.has(real)) checks.set(real, toCheck(parseNotebook(text, path), { path, real }));
  }
  return [...checks.values()];
}

async function readFile(path: string): Promise<{ real: string; text: string }> {
  const refuse = (reason: string, cause?: unknown) =>
    new UsageError(`Cannot read the notebook "${path}": ${reason}.`, { cause });
  try {
    const real = await Deno.realPath(path);
    const { isFile, size } = await Deno.stat(real);
    if (!isFile) throw refuse("it is no file");
    if (size > MAX_BYTES) throw refuse(`it has more than ${MAX_BYTES / 1024 / 1024} MB`);
    return { real, text: await Deno.readTextFile(real) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof Deno.errors.NotFound) throw refuse("there is no such file", error);
    throw refuse(error instanceof Error ? error.message : String(error), error);
  }
}

function toCheck(
  notebook: Notebook,
  { path, real }: { readonly path: string; readonly real: string },
): Check {
  const cells = notebook.cells
    .filter((cell): cell is CodeCell => isCode(cell) && sourceOf(cell).trim() !== "")
    .flatMap((cell, index) => readCell(cell, { number: index + 1, path }));
  if (cells.length === 0) throw new UsageError(`The notebook "${path}" has no cell to run.`);
  const directory = real.replace(/[/\\][^/\\]*$/, "") || "/";
  return notebookCheck({ path, directory, cells, timeoutMs: timeoutOf(notebook, path) });
}

function readCell(
  cell: CodeCell,
  { number, path }: { readonly number: number; readonly path: string },
): NotebookCell[] {
  const is = (meaning: keyof typeof TAGS) => TAGS[meaning].some((tag) => hasTag(cell, tag));
  if (is("skip")) return [];
  const problem = (what: string, cause?: unknown) =>
    new UsageError(`Cell [${number}] of "${path}" ${what}.`, { cause });
  if (is("ignore") && is("match")) {
    throw problem(`is tagged both ${TAGS.ignore[0]} and ${TAGS.match[0]}: leave one out`);
  }
  const { outputs = [] } = cell;
  if (
    !Array.isArray(outputs) || !outputs.every((output) => typeof output?.output_type === "string")
  ) {
    throw problem("has outputs that are none of nbformat 4");
  }
  // One that was never run, or was stripped of its outputs, says nothing about them.
  const isStored = outputs.length > 0 || typeof cell.execution_count === "number";
  let expected: LinePattern[] | undefined;
  if (isStored && !is("ignore")) {
    const lines = outputLines(outputs);
    try {
      expected = is("match") ? readPatterns(lines) : exactPatterns(lines);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw problem(`has a pattern that is none: ${error.message}`, error);
    }
  }
  const base = { number, source: sourceOf(cell), raises: is("raises") };
  return [expected === undefined ? base : { ...base, expected }];
}

/** What the notebook's own metadata say: `"iot": {"timeout_s": 60}`. */
function timeoutOf({ metadata }: Notebook, path: string): number {
  const { timeout_s: seconds } = (metadata.iot ?? {}) as { timeout_s?: unknown };
  if (seconds === undefined) return NOTEBOOK_MS;
  if (typeof seconds === "number" && seconds > 0 && seconds <= MAX_SECONDS) return seconds * 1000;
  throw new UsageError(
    `The metadata of "${path}" say that iot.timeout_s is ${JSON.stringify(seconds)}. It takes ` +
      `seconds, more than 0 and at most ${MAX_SECONDS}.`,
  );
}
