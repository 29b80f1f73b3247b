/** A board and the configuration of it: how they differ. */

import type { BoardFiles } from "@/device/files/board_files.ts";
import { type Configured, exclusionsOf, type LocalTree } from "./local.ts";
import { installDirsOf, isBoardsOwn, isOwned, planSync, rootsOf, type SyncStep } from "./plan.ts";

/** What {@linkcode compare} is told. */
export interface CompareOptions {
  readonly device: Configured;
  readonly tree: LocalTree;
  /** Whether what no resource brings is left out of it. */
  readonly updateOnly: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a sync would do. A board that is as it should be is asked one question.
 *
 * @throws {IotError} when the board cannot be asked.
 */
export async function compare(
  files: BoardFiles,
  { device, tree, updateOnly, signal }: CompareOptions,
): Promise<SyncStep[]> {
  const installDirs = installDirsOf(device);
  const isExcluded = await exclusionsOf(device);
  const difference = await files.difference(tree.files, {
    roots: updateOnly ? [] : rootsOf(installDirs),
    isProtected: (path) => isBoardsOwn(path) || isExcluded(path),
    signal,
  });
  if (difference.surplus.length === 0) return planSync(difference);
  const volumes = await files.volumes({ signal });
  const surplus = difference.surplus.filter(({ path }) => isOwned(path, { volumes, installDirs }));
  return planSync({ ...difference, surplus });
}
