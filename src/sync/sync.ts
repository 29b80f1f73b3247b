/** A board and the configuration of it: how they differ, and making them the same. */

import type { Volume } from "@/device/files/board_files.ts";
import type { BoardFiles } from "@/device/files/board_files.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import { type Configured, exclusionsOf, type LocalTree } from "./local.ts";
import { installDirsOf, planSync, type Scope, scopeOf, type SyncStep, volumeOf } from "./plan.ts";

/** What {@linkcode compare} is told. */
export interface CompareOptions {
  readonly device: Configured;
  readonly tree: LocalTree;
  /** Whether what no resource brings is left out of it. */
  readonly updateOnly: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a sync would do.
 *
 * @throws {UsageError} when a resource goes where the board has no file system to write to.
 * @throws {IotError} when the board cannot be asked.
 */
export async function compare(
  files: BoardFiles,
  { device, tree, updateOnly, signal }: CompareOptions,
): Promise<SyncStep[]> {
  const scope = updateOnly ? NOTHING : await readScope(files, device, { signal });
  return planSync(await files.difference(tree.files, { ...scope, signal }));
}

/** The scope of a sync that deletes nothing. */
const NOTHING: Scope = { roots: [], isProtected: () => true };

async function readScope(
  files: BoardFiles,
  device: Configured,
  options: { signal?: AbortSignal | undefined },
): Promise<Scope> {
  const volumes = await files.volumes(options);
  const installDirs = installDirsOf(device);
  for (const { installDir } of device.resources) checkTarget(installDir, volumes);
  return scopeOf({ volumes, installDirs, isExcluded: await exclusionsOf(device) });
}

/** Says what is wrong before anything is changed. */
function checkTarget(installDir: string, volumes: readonly Volume[]): void {
  if (volumes.length === 0) return;
  const volume = volumeOf(installDir, volumes);
  if (volume === undefined) {
    const mounts = volumes.map(({ path }) => path).join(", ");
    throw new UsageError(
      `Cannot install anything in "${installDir}": no file system of the board is there. It has ` +
        `${mounts}: set install-dir to a folder of one of them.`,
    );
  }
  if (volume.readOnly) {
    throw new IotError(
      `Cannot install anything in "${installDir}": the board's file system "${volume.path}" is ` +
        "read-only to its own code. On CircuitPython, eject its USB drive, or see " +
        "storage.remount() in its boot.py.",
      1,
    );
  }
}
