/** A whole run: boards at the same time or in turn, and what came of them. */

import { OK, type Outcome } from "@/base/outcome.ts";
import type { Check } from "../checks/check.ts";
import type { Bench, BoardSpec } from "../rig/bench.ts";
import type { BoardResult, RunResult, Verdict } from "./result.ts";
import { runBoard, type RunBoardOptions } from "./run_board.ts";
import { inShard, type Shard } from "./select.ts";

/** What a run is made of. */
export interface RunBenchOptions extends Omit<RunBoardOptions, "isOver" | "onFailure"> {
  readonly bench: Bench;
  /** Some of the bench's, in its order. */
  readonly boards: readonly BoardSpec[];
  /** In the order in which they are run. */
  readonly checks: readonly Check[];
  /** Whether nothing more is begun, on any board, when something has failed. */
  readonly untilFail: boolean;
  readonly shard?: Shard | undefined;
  /** Whether boards run at the same time. */
  readonly parallel: boolean;
}

/** Runs it. What was done before an interrupt is in the result. */
export async function runBench(options: RunBenchOptions): Promise<RunResult> {
  const { bench, boards, parallel, product, signal, untilFail } = options;
  const startedMs = Date.now();
  let hasFailed = false;
  const parts = boards
    .map((spec, number) => ({ spec, checks: checksOf(number, options) }))
    .filter(({ checks }) => checks.length > 0);
  const isOver = () => hasFailed && untilFail;
  const run = ({ spec, checks }: { spec: BoardSpec; checks: readonly Check[] }) =>
    runBoard(spec, checks, { ...options, isOver, onFailure: () => hasFailed = true });
  const results: BoardResult[] = [];
  if (parallel) results.push(...await Promise.all(parts.map(run)));
  else {
    for (const part of parts) {
      if (signal.aborted || isOver()) break;
      results.push(await run(part));
    }
  }
  return {
    version: product.version,
    bench: bench.path,
    seed: options.seed,
    startedMs,
    durationMs: Date.now() - startedMs,
    interrupted: signal.aborted,
    boards: results,
  };
}

/** The board's checks of this shard. */
function checksOf(board: number, { boards, checks, shard }: RunBenchOptions): readonly Check[] {
  if (shard === undefined) return checks;
  const isMine = (check: number) => inShard({ board, check, boards: boards.length }, shard);
  return checks.filter((_, check) => isMine(check));
}

/** How many results of a run have each verdict. */
export function countVerdicts({ boards }: RunResult): Record<Verdict, number> {
  const counts: Record<Verdict, number> = {
    ...{ pass: 0, flaky: 0, fail: 0, skip: 0, infrastructure: 0 },
  };
  for (const { checks } of boards) for (const { verdict } of checks) counts[verdict]++;
  return counts;
}

/** What the shell is told: all is well only when nothing failed and at least one check ran. */
export function outcomeOf(run: RunResult): Outcome {
  const counts = countVerdicts(run);
  const { pass, flaky, fail, infrastructure } = counts;
  const lost = run.boards.filter((board) => board.infrastructure !== undefined).length;
  if (!run.interrupted && fail + infrastructure + lost === 0 && pass + flaky > 0) return OK;
  const [ename, evalue, exitCode] = run.interrupted
    ? ["KeyboardInterrupt", "interrupted", 130] as const
    : fail + infrastructure + lost > 0
    ? ["HilTestFailed", `${fail} failed, ${infrastructure} could not be run.`, 1] as const
    : counts.skip > 0
    ? ["HilTestFailed", "No check was run: all were skipped.", 1] as const
    : ["HilTestFailed", "No check was run: there is none for this shard.", 1] as const;
  return { status: "error", origin: "iot", ename, evalue, traceback: [evalue], exitCode };
}
