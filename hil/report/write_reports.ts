/** Writes the reports that were asked for. */

import { writeAtomically } from "@/base/atomic_file.ts";
import { UsageError } from "@/base/errors.ts";
import type { RunResult } from "../run/result.ts";
import { historyIn } from "./history.ts";
import { htmlReport } from "./html.ts";
import { json } from "./json.ts";
import { junit } from "./junit.ts";

/** Which reports, and where to. */
export interface ReportPaths {
  readonly junit?: string;
  readonly json?: string;
  readonly html?: string;
}

/** How each is made, all from the same data; `path` is where it goes. */
const MAKERS: Readonly<
  Record<keyof ReportPaths, (run: RunResult, path: string) => string | Promise<string>>
> = {
  junit,
  json,
  html: async (run, path) => htmlReport(run, { past: historyIn(await textOf(path)) }),
};

/** The reports that were asked for: which, and where to. */
export function reportsOf(paths: ReportPaths): [kind: keyof ReportPaths, path: string][] {
  const kinds = Object.keys(MAKERS) as (keyof ReportPaths)[];
  return kinds.flatMap((kind) => paths[kind] === undefined ? [] : [[kind, paths[kind]]]);
}

/**
 * Makes folders that are missing and sees that each report can be written, so that nobody waits an
 * hour for a run to hear that it cannot.
 *
 * @throws {UsageError} when one cannot.
 */
export async function prepareReports(paths: ReportPaths): Promise<void> {
  const reports = reportsOf(paths);
  for (const [at, [kind, path]] of reports.entries()) {
    const same = reports.slice(0, at).find(([, other]) => other === path);
    if (same) throw new UsageError(`--${same[0]} and --${kind} both name "${path}".`);
    await asReport(path, async () => {
      const folder = path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
      if (folder !== "") await Deno.mkdir(folder, { recursive: true });
      const old = await Deno.stat(path).catch(() => undefined);
      if (old?.isDirectory) throw new Deno.errors.IsADirectory("it is a folder");
      await Deno.remove(await Deno.makeTempFile({ dir: folder || ".", prefix: ".iot-report-" }));
    });
  }
}

/**
 * Writes them, each whole or not at all; one that cannot be written does not keep the others.
 *
 * @throws {UsageError} when one cannot be written.
 */
export async function writeReports(run: RunResult, paths: ReportPaths): Promise<void> {
  const errors: unknown[] = [];
  for (const [kind, path] of reportsOf(paths)) {
    await asReport(path, async () => {
      await writeAtomically(path, await MAKERS[kind](run, path), { mode: 0o644 });
    }).catch((error) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

async function asReport(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`Cannot write the report "${path}": ${reason}.`, { cause });
  }
}

/** The text of the file at `path`; empty where there is none, or none that can be read. */
async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}
