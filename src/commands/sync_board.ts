/** Syncs boards with their configurations; loaded when that is asked for. */

import { IotError, UsageError } from "@/base/errors.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import { formatTotal, Progress } from "@/base/progress.ts";
import { formatSize } from "@/base/text.ts";
import { pause } from "@/base/deadline.ts";
import { SyncedBoards } from "@/config/synced.ts";
import { readClock, setClock } from "@/device/clock.ts";
import type { Device } from "@/device/device.ts";
import type { BoardEntry, TransferProgress } from "@/device/files/board_files.ts";
import { applySync } from "@/sync/apply.ts";
import { type Compile, type Configured, localTree } from "@/sync/local.ts";
import { formatStep, type SyncStep } from "@/sync/plan.ts";
import { compare } from "@/sync/sync.ts";
import { boardFilesOf } from "./board_files.ts";
import type { Context } from "./command.ts";
import { allBoards, atOnce, onBoards } from "./stages.ts";
import { configurationOf, EMPTY_HINT } from "./sync_config.ts";

/** How to sync. */
export interface SyncOptions {
  /** Whether files that no resource brings are left alone. */
  readonly updateOnly: boolean;
  /** Whether to show only what would be done. */
  readonly dryRun: boolean;
  /** Told how far the files have come, besides whoever sees the output. */
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** What a sync looked at. */
export interface Synced {
  /** Files and folders of this computer that decide what is on the board. */
  readonly sources: readonly string[];
  readonly steps: readonly SyncStep[];
}

/** A clock that is further off is set before files are written, in milliseconds (contract, 1.3). */
const MAX_CLOCK_ERROR_MS = 3_000;

/** More deletions than this, of more than half of a board's files, are said before each time. */
const FEW_DELETIONS = 3;

/** So many of the files that are to be deleted are named. */
const NAMED_DELETIONS = 3;

/** How long someone who watches has to stop deletions that are announced, in milliseconds. */
const GRACE_MS = 5_000;

/** Syncs the board that commands mean. */
export async function syncCurrent(context: Context, options: SyncOptions): Promise<void> {
  const device = await context.devices.current(context);
  const { steps } = await syncBoard(device, context, options);
  if (steps.length === 0) await context.sink.write("stdout", "Directories match\n");
}

/** Syncs all boards that are found, at the same time. */
export async function syncAll(context: Context, options: SyncOptions): Promise<Outcome> {
  // What each board says is shown when it is done; how far all have come, meanwhile.
  const progress = new Progress(context.sink);
  const boards = new Map<Context["devices"], TransferProgress>();
  const stages = await onBoards(await allBoards(context), {
    context,
    parallel: true,
    async run(devices, sink) {
      const onProgress = (step: TransferProgress) => {
        boards.set(devices, step);
        progress.update(sumOf([...boards.values()]));
      };
      await syncCurrent({ ...context, devices, sink }, { ...options, onProgress });
      return OK;
    },
  });
  try {
    return await atOnce(stages, { context, quiet: false });
  } finally {
    await progress.end();
  }
}

/** Several transfers as one. */
function sumOf(steps: readonly TransferProgress[]): TransferProgress {
  const sum = (count: (step: TransferProgress) => number) =>
    steps.reduce((total, step) => total + count(step), 0);
  return {
    path: steps.length === 1 ? steps[0].path : `${steps.length} boards`,
    doneBytes: sum(({ doneBytes }) => doneBytes),
    totalBytes: sum(({ totalBytes }) => totalBytes),
  };
}

/**
 * Syncs `device`, and shows what is done.
 *
 * @throws {IotError} when the configuration cannot be used, and nothing was changed; or when the
 * board failed midway.
 */
export async function syncBoard(
  device: Device,
  context: Context,
  options: SyncOptions,
): Promise<Synced> {
  const { environment, signal, sink } = context;
  const config = await configurationOf(device, context);
  const libs = config.libs ?? environment.paths("IOT_LIBS");
  const compile = await compilerFor(device, config, context);
  const tree = await localTree(config, { libs, compile, signal });
  if (tree.files.length === 0) throw nothingBrought(config);
  const files = boardFilesOf(device);
  const { updateOnly } = options;
  const steps = await compare(files, { device: config, tree, updateOnly, signal });
  const synced = { steps, sources: [...tree.sources, config.at.file] };
  if (options.dryRun) {
    for (const step of steps) await sink.write("stdout", `${formatStep(step)}\n`);
    return synced;
  }
  if (steps.length === 0) return synced;
  const added = steps.filter(({ kind }) => kind === "add").length;
  const kept = tree.files.length - added;
  await warnOfDeletions(device, steps, { ...context, name: config.name, kept });
  if (steps.some(({ kind }) => kind !== "delete")) await mendClock(device, { signal });
  const report = new Report(context);
  try {
    await applySync(files, steps, {
      signal,
      onDone: (step) => report.done(step),
      onProgress: (progress) => {
        report.progress.update(progress);
        options.onProgress?.(progress);
      },
    });
  } catch (error) {
    await report.end();
    throw error;
  }
  await report.end({ isWhole: true });
  return synced;
}

/** Without any file, a sync would only delete. */
function nothingBrought({ name, at: { file, line } }: Configured): UsageError {
  return new UsageError(
    `The resources of ${name} (${file}:${line}) bring no file: their folders are empty, or ` +
      `include and exclude leave nothing of them. ${EMPTY_HINT}`,
  );
}

async function compilerFor(
  device: Device,
  config: Configured,
  { environment, signal }: Context,
): Promise<Compile | undefined> {
  if (!config.resources.some(({ mpy }) => mpy)) return undefined;
  const { mpyTargetOf, openCompiler } = await import("@/sync/mpy.ts");
  const target = await mpyTargetOf(device, { signal });
  return await openCompiler(target, { environment, signal });
}

/**
 * Files of the board are deleted for the first time, or most of them: says how many, and how to keep
 * them. A board of which much is to go may well be another one's, or its resources a slip.
 */
async function warnOfDeletions(
  device: Device,
  steps: readonly SyncStep[],
  { name, kept, environment, sink, signal, surface }: Context & {
    readonly name: string;
    /** How many of its files resources bring. */
    readonly kept: number;
  },
): Promise<void> {
  const entries = steps.flatMap((step) => step.kind === "delete" ? [step.entry] : []);
  if (entries.length === 0) return;
  const { uid } = await device.identity({ signal });
  const boards = new SyncedBoards((name) => environment.raw(name));
  const files = entries.filter(({ kind }) => kind === "file");
  const isMost = files.length > FEW_DELETIONS && files.length > kept;
  const isFirst = !await boards.has(uid);
  if (!isFirst && !isMost) return;
  const all = files.length === 1 ? "1 file" : `${files.length} files`;
  const count = isMost && kept > 0 ? `${files.length} of ${files.length + kept} files` : all;
  const size = formatSize(files.reduce((sum, { size }) => sum + size, 0));
  const command = surface === "notebook" ? "%rsync" : "iot rsync";
  await sink.write(
    "stderr",
    `${isFirst ? "The first" : "This"} sync of ${name} deletes ${count} (${size}) that no ` +
      `resource brings${namesOf(files)}. ` +
      `${command} -n shows all and changes nothing; -u keeps them.\n`,
  );
  // Where nobody watches, nobody can object.
  if (sink.colour) {
    await sink.status(`Interrupt within ${GRACE_MS / 1_000} s to keep them.`);
    await pause(GRACE_MS, signal);
    await sink.status("");
    signal.throwIfAborted();
  }
  await boards.add(uid).catch((error) => {
    if (!(error instanceof IotError)) throw error; // then it says so again next time
  });
}

/** `: a.py, b.py, c.py and 4 more`. */
function namesOf(files: readonly BoardEntry[]): string {
  if (files.length === 0) return "";
  const named = files.slice(0, NAMED_DELETIONS).map(({ path }) => path).join(", ");
  const more = files.length - NAMED_DELETIONS;
  return `: ${named}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Files are dated by the board's clock. A board that has none writes them all the same. */
async function mendClock(device: Device, options: { signal: AbortSignal }): Promise<void> {
  try {
    const { aheadMs } = await readClock(device, options);
    if (Math.abs(aheadMs) > MAX_CLOCK_ERROR_MS) await setClock(device, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof IotError) || error.exitCode !== 1) throw error;
  }
}

/** Shows steps when they are done, and how far the files have come. */
class Report {
  readonly progress: Progress;
  readonly #context: Context;
  #printing: Promise<void> = Promise.resolve();
  #files = 0;
  #bytes = 0;

  constructor(context: Context) {
    this.#context = context;
    this.progress = new Progress(context.sink);
  }

  done(step: SyncStep): void {
    if (step.kind !== "delete") {
      this.#files++;
      this.#bytes += step.file.size;
    }
    const text = `${formatStep(step)}\n`;
    this.#printing = this.#printing.then(() => this.#context.sink.write("stdout", text));
    this.#printing.catch(() => {}); // end() throws it
  }

  async end({ isWhole = false } = {}): Promise<void> {
    await this.#printing;
    const { elapsedMs } = this.progress;
    const total = { files: this.#files, bytes: this.#bytes, elapsedMs };
    await this.progress.end(isWhole && this.#files > 0 ? formatTotal(total) : "");
  }
}
