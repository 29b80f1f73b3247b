/** Who is told how a run goes on. */

import type { BoardResult, CheckResult } from "./result.ts";

/** Is told in the order of events; those of several boards mingle. */
export interface Progress {
  /** A board is there, and so many checks, rounds included, will be run or skipped. */
  boardBegins(board: string, total: number): void;
  /** It takes a while to get hold of a board. */
  boardWaits(board: string, reason: string): void;
  checkBegins(board: string, check: string): void;
  checkEnds(board: string, result: CheckResult): void;
  boardEnds(result: BoardResult): void;
}
