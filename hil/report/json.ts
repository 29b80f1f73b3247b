/** A run as JSON, for programs: the whole of it. docs/hil-report.md says what is in it. */

import type { RunResult } from "../run/result.ts";

/** Goes up when a program that reads it would read it wrongly; new fields may come without that. */
const FORMAT = 1;

/** The document. */
export interface JsonReport extends RunResult {
  readonly format: typeof FORMAT;
}

/** Makes it. */
export function json(run: RunResult): string {
  const report: JsonReport = { format: FORMAT, ...run };
  return JSON.stringify(report, null, 2) + "\n";
}
