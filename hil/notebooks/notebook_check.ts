/** A notebook as a check: its cells run on a board, and what they put out is as it is stored. */

import type { Outcome } from "@/base/outcome.ts";
import type { Output } from "@/jupyter/notebook.ts";
import { withoutControls } from "@/jupyter/printer.ts";
import type { Check, CheckContext } from "../checks/check.ts";
import { CheckFailure } from "../checks/expect.ts";
import { aReset } from "../checks/needs.ts";
import { diffLines } from "./diff.ts";
import { outputLines } from "./lines.ts";
import { CellRecorder } from "./cell_recorder.ts";
import type { LinePattern } from "./patterns.ts";

/** More cells that differ are counted, not shown. */
const MAX_SHOWN = 5;

/** A traceback's last lines say what happened. */
const MAX_TRACEBACK_LINES = 12;

/** More of a line of source than this does not help a person. */
const MAX_SOURCE = 80;

/** A notebook's cell that is run. */
export interface NotebookCell {
  /** Among the notebook's cells that hold code, from 1: as `iot execute` counts them. */
  readonly number: number;
  readonly source: string;
  /** Whether it must raise; else it must not. */
  readonly raises: boolean;
  /** What its output must be like; undefined where any will do. */
  readonly expected?: readonly LinePattern[];
}

/** A notebook to run. */
export interface NotebookTest {
  /** As it was named on the command line. */
  readonly path: string;
  /** Its folder, an absolute path: where its cells begin to work. */
  readonly directory: string;
  readonly cells: readonly NotebookCell[];
  readonly timeoutMs: number;
}

/** What the names of all notebooks' checks begin with, followed by the path as it was given. */
export const NOTEBOOK_GROUP = "notebook/";

/** The check that a notebook is. */
export function notebookCheck(test: NotebookTest): Check {
  const { path, cells, timeoutMs } = test;
  return {
    name: NOTEBOOK_GROUP + path,
    summary: `The ${cells.length} cells of ${path} do as is stored in it`,
    timeoutMs,
    run: (bench) => runNotebook(test, bench),
  };
}

async function runNotebook({ cells, directory }: NotebookTest, bench: CheckContext) {
  await startAfresh(bench);
  const recorder = new CellRecorder();
  const problems: string[] = [];
  for (const cell of cells) {
    const { outputs, outcome } = await runCell(cell, { bench, recorder, directory });
    const problem = outcomeProblem(cell, outcome);
    const difference = cell.expected && diffLines(cell.expected, outputLines(outputs), {
      expected: "stored",
      actual: "this run",
    });
    if (problem !== undefined) problems.push(problem);
    else if (difference !== undefined) {
      problems.push(`${sentence(cell, "put out something else")}\n${difference}`);
    }
    // As Run All: what follows builds on what was not done.
    if (problem === undefined || outcome.status === "ok") continue;
    const left = cells.length - cells.indexOf(cell) - 1;
    if (left > 0) problems.push(`${left === 1 ? "One cell was" : `${left} cells were`} not run.`);
    break;
  }
  if (problems.length === 0) return;
  const shown = problems.slice(0, MAX_SHOWN);
  const rest = problems.length - shown.length;
  if (rest > 0) shown.push(`${rest} more differ.`);
  throw new CheckFailure(shown.join("\n\n"));
}

/** Forgets what ran before, as a kernel that is started does. */
async function startAfresh(bench: CheckContext): Promise<void> {
  if (aReset(bench.facts) !== undefined) return;
  const device = await bench.device();
  await device.softReset({ signal: bench.signal });
  await bench.settle();
}

async function runCell(
  cell: NotebookCell,
  { bench, recorder, directory }: {
    readonly bench: CheckContext;
    readonly recorder: CellRecorder;
    readonly directory: string;
  },
): Promise<{ outputs: readonly Output[]; outcome: Outcome }> {
  const { sink, outputs } = recorder.begin();
  let outcome: Outcome;
  try {
    ({ outcome } = await bench.cell(cell.source, { sink, directory }));
  } finally {
    sink.end();
  }
  if (bench.signal.aborted) throw new CheckFailure(sentence(cell, "was running"));
  return { outputs: outcome.status === "ok" ? outputs() : [...outputs(), error(outcome)], outcome };
}

function error({ ename, evalue, traceback }: Extract<Outcome, { status: "error" }>): Output {
  return { output_type: "error", ename, evalue, traceback };
}

/** What is wrong with how a cell ended. */
function outcomeProblem(cell: NotebookCell, outcome: Outcome): string | undefined {
  if (outcome.status === "ok") {
    return cell.raises ? sentence(cell, "raised nothing, though its tag says so") : undefined;
  }
  // A board that was lost is none that raised.
  if (cell.raises && outcome.exitCode !== 3) return undefined;
  const lines = outcome.traceback.map(withoutControls).join("\n").trim().split("\n");
  const last = lines.slice(-MAX_TRACEBACK_LINES);
  const shown = last.length < lines.length ? ["…", ...last] : last;
  return [sentence(cell, "failed"), ...shown].join("\n");
}

/** Says something of a cell, and which one it is. */
function sentence({ number, source }: NotebookCell, what: string): string {
  const line = source.split("\n").find((line) => line.trim() !== "")?.trim() ?? "";
  return `Cell [${number}] ${what}: ${
    line.length > MAX_SOURCE ? `${line.slice(0, MAX_SOURCE)}…` : line
  }`;
}
