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
  refuseContradictions(args);
  const shard = args.shard === undefined ? undefined : parseShard(args.shard);
  if (args.init) {
    const { initBench } = await import("../rig/init.ts");
    const count = await initBench({ path: args.bench, devices, signal });
    const boards = count === 1 ? "one board" : `${count} boards`;
    return await sink.write("stdout", `Wrote ${args.bench} with ${boards}.\n`);
  }
  const bench = await readBench(args.bench, environment);
  const boards = chooseBoards(bench, args.board);
  const checks = args.notebooks.length === 0
    ? selectChecks(CHECKS, { globs: args.check ?? [], match })
    : await (await import("../notebooks/read_notebooks.ts")).readNotebooks(args.notebooks);
  if (args.list) {
    const rows = [
      ...boards.map(({ name, source }) => [name, source.kind]),
      ["", ""],
      ...checks.map(({ name, summary }) => [name, summary]),
    ];
    return await sink.write("stdout", alignColumns(rows).join("\n") + "\n");
  }
  if (args.repeat === 0 && !args.parallel && boards.length > 1) {
    throw new UsageError(
      "--repeat 0 would never come to the second board. Give --parallel as well, or one --board.",
    );
  }
  await prepareReports(args);
  const redactor = new Redactor(environment);
  const run = await watched(sink, boards, (progress) =>
    runBench({
      ...{ bench, boards, checks, match, environment, signal },
      rounds: args.repeat === 0 ? Infinity : args.repeat,
      ...(shard !== undefined && { shard }),
      parallel: args.parallel,
      untilFail: args.until_fail,
      powerCycle: args.power_cycle,
      seed: args.seed ?? crypto.getRandomValues(new Uint32Array(1))[0],
      mountBoard: mountBoards({ environment, simulator, product: product() }),
      product: product(),
      progress,
      redact: redactor.redact,
      findSecrets: (bytes) => redactor.inBytes.find(bytes),
    }));
  await sink.write("stdout", summary(run, { colour: sink.colour }));
  await writeReports(run, args);
  const reports = reportsOf(args).map(([, path]) => `Report: ${path}\n`);
  await sink.write("stdout", reports.join(""));
  return outcomeOf(run);
}

/**
 * Options that exclude each other are refused before anything is done.
 *
 * @throws {UsageError} when some do.
 */
function refuseContradictions(args: HilTestArguments): void {
  const { init, list, notebooks, check, repeat, until_fail, seed } = args;
  if (check !== undefined && notebooks.length > 0) {
    throw new UsageError("Notebooks are run instead of checks: leave out --check, or run twice.");
  }
  if (init && (list || notebooks.length > 0 || check !== undefined)) {
    throw new UsageError("--init writes a bench and runs nothing: give nothing to run with it.");
  }
  if (repeat < 0) throw new UsageError("--repeat takes a number from 0 on.");
  if (repeat === 0 && !until_fail) {
    throw new UsageError("--repeat 0 runs until the first failure: give --until-fail as well.");
  }
  if (seed !== undefined && !(seed >= 0 && seed < 2 ** 32)) {
    throw new UsageError("--seed takes a number from 0 to 4294967295.");
  }
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
