/** The last steps of `cp` to a board: only what differs is sent, and only where there is room. */

import { formatSize } from "@/base/text.ts";
import type {
  BoardFiles,
  TransferOptions,
  Volume,
  WantedFile,
} from "@/device/files/board_files.ts";
import { BoardFilesError } from "@/device/files/files_error.ts";
import { volumeOf } from "@/sync/plan.ts";

/** Asking a board how full it is takes longer than to send so little, in bytes. */
const SMALL_BYTES = 32 * 1024;

/**
 * Puts `wanted` on the board; what is there already, by content, stays as it is.
 *
 * @throws {BoardFilesError} `full` before anything is written, where it is known that a file cannot
 * fit beside the one that it replaces; else what the upload throws.
 */
export async function uploadChanged(
  files: BoardFiles,
  wanted: readonly WantedFile[],
  { compares, ...options }: TransferOptions & {
    /** Whether any of it may be there. */
    readonly compares: boolean;
  },
): Promise<void> {
  const { signal } = options;
  const { add, update } = compares
    ? await files.difference(wanted, { roots: [], isProtected: () => true, signal })
    : { add: wanted, update: [] };
  const changed = new Set([...add, ...update]);
  const rest = wanted.filter((file) => changed.has(file));
  if (rest.length === 0) return;
  await checkRoom(files, rest, { updates: new Set(update), signal });
  await files.upload(rest, options);
}

/** A file replaces another when it is whole: until then, there must be room for both. */
async function checkRoom(
  files: BoardFiles,
  wanted: readonly WantedFile[],
  { updates, signal }: Pick<TransferOptions, "signal"> & {
    readonly updates: ReadonlySet<WantedFile>;
  },
): Promise<void> {
  if (sumOf(wanted) < SMALL_BYTES) return;
  const volumes = await files.volumes({ signal });
  for (const [volume, inside] of Map.groupBy(wanted, ({ path }) => volumeOf(path, volumes))) {
    if (volume === undefined || sumOf(inside) <= volume.freeBytes) continue;
    let { freeBytes } = volume;
    for (const file of inside) {
      if (file.size > freeBytes) throw noRoom(file, { freeBytes, volume, updates });
      const [old] = updates.has(file) ? await files.list(file.path, { signal }) : [];
      freeBytes += (old?.size ?? 0) - file.size;
    }
  }
}

function noRoom(
  file: WantedFile,
  { freeBytes, volume, updates }: {
    readonly freeBytes: number;
    readonly volume: Volume;
    readonly updates: ReadonlySet<WantedFile>;
  },
): BoardFilesError {
  const { path, size } = file;
  const until = updates.has(file)
    ? ` besides the old one, and it stays until the new one is whole. rm ${path} first makes room.`
    : ". df and rlist show what is there.";
  const message = `Cannot write "${path}": it needs ${formatSize(size)}, and ` +
    `${formatSize(Math.max(0, freeBytes))} of ${volume.path} are free${until}`;
  return new BoardFilesError("full", path, `${message} Nothing was written.`);
}

function sumOf(files: readonly WantedFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
