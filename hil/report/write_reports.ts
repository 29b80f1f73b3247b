/** Writes the reports that were asked for. */

import { UsageError } from "@/base/errors.ts";
import type { RunResult } from "../run/result.ts";
import { junit } from "./junit.ts";

/** Which reports, and where to. */
export interface ReportPaths {
  readonly junit?: string;
  readonly json?: string;
  readonly html?: string;
}

/** How each is made; all are from the same data. */
const MAKERS: Readonly<Record<"junit" | "json", (run: RunResult) => string>> = {
  junit,
  json: (run) => JSON.stringify(run, null, 2) + "\n",
};

/**
 * Writes them.
 *
 * @throws {UsageError} when one cannot be written.
 */
export async function writeReports(run: RunResult, paths: ReportPaths): Promise<void> {
  for (const [kind, make] of Object.entries(MAKERS) as [keyof typeof MAKERS, typeof junit][]) {
    const path = paths[kind];
    if (path === undefined) continue;
    try {
      await Deno.writeTextFile(path, make(run));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UsageError(`Cannot write the report "${path}": ${reason}.`, { cause });
    }
  }
}
