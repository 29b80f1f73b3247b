/** What `iot hil-test` does: reads the rig, runs, reports. */

import type { Outcome } from "@/base/outcome.ts";
import { UsageError } from "@/base/errors.ts";
import type { Sink } from "@/base/sink.ts";
import { alignColumns } from "@/base/text.ts";
import type { Context } from "@/commands/command.ts";
import { Redactor } from "@/config/redact.ts";
import { CHECKS } from "../checks/all.ts";
import type { HilTestArguments, HilTestOptions } from "../command.ts";
import type { Bench, BoardSpec } from "../rig/bench.ts";
import { mountBoards } from "../rig/mount_board.ts";
import { readBench } from "../rig/read_bench.ts";
import { summary } from "../report/summary.ts";
import { prepareReports, reportsOf, writeReports } from "../report/write_reports.ts";
import { LiveProgress } from "./live_progress.ts";
import type { Progress } from "./progress.ts";
import { outcomeOf, runBench } from "./run_bench.ts";
import { parseShard, selectChecks } from "./select.ts";

/** More rounds than anybody waits for: what `--repeat 0` means. */
const MANY_ROUNDS = 1_000_000;

/**
 * Runs the command.
 *
 * @throws {UsageError} when an option or the bench is wrong.
 */
export async function hilTest(
  args: HilTestArguments,
  { devices, environment, sink, signal }: Context,
  { simulator, product }: HilTestOptions,
): Promise<Outcome | void> {
  // @ts-types="picomatch-types"
  const { default: match } = await import("picomatch");
  if (args.init) {
    const { initBench } = await import("../rig/init.ts");
    const count = await initBench({ path: args.bench, devices, signal });
    const boards = count === 1 ? "one board" : `${count} boards`;
    return await sink.write("stdout", `Wrote ${args.bench} with ${boards}.\n`);
  }
  const bench = await readBench(args.bench, environment);
  const boards = chooseBoards(bench, args.board);
  const checks = selectChecks(CHECKS, { globs: args.check ?? [], match });
  if (args.list) {
    const rows = [
      ...boards.map(({ name, source }) => [name, source.kind]),
      ["", ""],
      ...checks.map(({ name, summary }) => [name, summary]),
    ];
    return await sink.write("stdout", alignColumns(rows).join("\n") + "\n");
  }
  if (args.repeat < 0) throw new UsageError("--repeat takes a number from 0 on.");
  await prepareReports(args);
  const run = await watched(sink, boards, (progress) =>
    runBench({
      ...{ bench, boards, checks, match, environment, signal },
      rounds: args.repeat === 0 ? MANY_ROUNDS : args.repeat,
      ...(args.shard !== undefined && { shard: parseShard(args.shard) }),
      parallel: args.parallel,
      untilFail: args.until_fail,
      powerCycle: args.power_cycle,
      seed: args.seed ?? crypto.getRandomValues(new Uint32Array(1))[0],
      mountBoard: mountBoards({ environment, simulator, product: product() }),
      product: product(),
      progress,
      redact: new Redactor(environment).redact,
    }));
  await sink.write("stdout", summary(run, { colour: sink.colour }));
  await writeReports(run, args);
  const reports = reportsOf(args).map(([, path]) => `Report: ${path}\n`);
  await sink.write("stdout", reports.join(""));
  return outcomeOf(run);
}

/** Does `work`, and shows how it goes on. */
async function watched<T>(
  sink: Sink,
  boards: readonly BoardSpec[],
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  await using progress = new LiveProgress(sink, { boards: boards.map(({ name }) => name) });
  return await work(progress);
}

function chooseBoards({ boards, path }: Bench, names: readonly string[] = []): BoardSpec[] {
  const unknown = names.find((name) => !boards.some((board) => board.name === name));
  if (unknown !== undefined) {
    const known = boards.map(({ name }) => name).join(", ");
    throw new UsageError(`There is no board "${unknown}" in ${path}. There are ${known}.`);
  }
  return boards.filter(({ name }) => names.length === 0 || names.includes(name));
}
