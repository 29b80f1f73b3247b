/** Does what a plan says, over a board's files. */

import { logger } from "@/base/log.ts";
import type { BoardFiles, TransferProgress, WantedFile } from "@/device/files/board_files.ts";
import { BoardFilesError } from "@/device/files/files_error.ts";
import { isBelow, pathOf, type SyncStep } from "./plan.ts";

const log = logger("sync");

/** What {@linkcode applySync} is told. */
export interface ApplyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of each step when it is done. */
  readonly onDone?: (step: SyncStep) => void;
  /** Told how far the files have come. */
  readonly onProgress?: (progress: TransferProgress) => void;
}

/**
 * Does `steps`: files first, deletions last, but what is in the way of a file before it, and all when
 * the board is full.
 *
 * @throws {BoardFilesError} for the first file that fails; the steps that `onDone` told of are done.
 */
export async function applySync(
  files: BoardFiles,
  steps: readonly SyncStep[],
  options: ApplyOptions = {},
): Promise<void> {
  const wanted = steps.flatMap((step) => step.kind === "delete" ? [] : [step.file.path]);
  const isInTheWay = (path: string) =>
    wanted.some((file) => isBelow(file, path) || isBelow(path, file));
  const { before = [], deletions = [] } = Object.groupBy(
    steps.filter(({ kind }) => kind === "delete"),
    (step) => isInTheWay(pathOf(step)) ? "before" : "deletions",
  );
  await remove(files, before, options);
  const uploads = new Uploads(files, steps, options);
  try {
    await uploads.run();
  } catch (error) {
    const isFull = error instanceof BoardFilesError && error.code === "full";
    if (!isFull || deletions.length === 0) throw error;
    log.info(() => `the board is full: ${deletions.length} deletions go first`);
    await remove(files, deletions, options);
    return await uploads.run();
  }
  await remove(files, deletions, options);
}

async function remove(
  files: BoardFiles,
  steps: readonly SyncStep[],
  { signal, onDone }: ApplyOptions,
): Promise<void> {
  if (steps.length === 0) return;
  const entries = steps.flatMap((step) => step.kind === "delete" ? [step.entry] : []);
  // Folders when they are empty, the deepest first.
  const isFile = ({ kind }: { kind: string }) => kind === "file";
  const paths = [
    ...entries.filter(isFile).map(({ path }) => path),
    ...entries.filter((entry) => !isFile(entry)).map(({ path }) => path).sort().reverse(),
  ];
  await files.remove(paths, { signal });
  log.debug(() => `removed ${paths.join(", ")}`);
  for (const step of steps) onDone?.(step);
}

/** The files of a plan, on their way to the board. */
class Uploads {
  readonly #files: BoardFiles;
  readonly #steps: ReadonlyMap<WantedFile, SyncStep>;
  readonly #options: ApplyOptions;
  readonly #totalBytes: number;
  #waiting: readonly WantedFile[];

  constructor(files: BoardFiles, steps: readonly SyncStep[], options: ApplyOptions) {
    this.#files = files;
    this.#options = options;
    this.#steps = new Map(
      steps.flatMap((step) => step.kind === "delete" ? [] : [[step.file, step] as const]),
    );
    this.#waiting = [...this.#steps.keys()];
    this.#totalBytes = sumOf(this.#waiting);
  }

  /** Uploads what is not done yet. */
  async run(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const { signal, onProgress } = this.#options;
    const before = this.#totalBytes - sumOf(this.#waiting);
    try {
      await this.#files.upload(this.#waiting, {
        signal,
        onProgress: ({ path, doneBytes }) => {
          this.#doneUpTo(path);
          onProgress?.({ path, doneBytes: before + doneBytes, totalBytes: this.#totalBytes });
        },
      });
    } catch (error) {
      if (error instanceof BoardFilesError) this.#doneUpTo(error.path);
      throw error;
    }
    log.debug(() => `sent ${this.#waiting.map(({ path }) => path).join(", ")}`);
    this.#done(this.#waiting.length);
  }

  /** Those before the one at `path` are done, as uploads go in order. */
  #doneUpTo(path: string): void {
    const at = this.#waiting.findIndex((file) => file.path === path);
    if (at > 0) this.#done(at);
  }

  #done(count: number): void {
    const done = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const file of done) this.#options.onDone?.(this.#steps.get(file)!);
  }
}

function sumOf(files: readonly WantedFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
