/** What the commands about a board's files do, but for copying; loaded when one is called. */

import { UsageError } from "@/base/errors.ts";
import type { BoardEntry } from "@/device/files/board_files.ts";
import { BoardFilesError } from "@/device/files/files_error.ts";
import { BoardPaths, checkPath, isFileItself } from "./board_paths.ts";
import type { Context } from "./command.ts";
import { formatEntry, formatTree, formatVolumes, removable } from "./list_files.ts";

/** Paths of the board for `texts`, which are looked at before a board is. */
async function openPaths(context: Context, texts: readonly string[] = []): Promise<BoardPaths> {
  texts.forEach(checkPath);
  return new BoardPaths(await context.devices.current(context), context);
}

/** `cat`: the bytes as they are; a notebook's next output begins on a line of its own. */
export async function printFiles(context: Context, texts: readonly string[]): Promise<void> {
  const { signal, sink, surface } = context;
  const paths = await openPaths(context, texts);
  for (const text of texts) {
    for (const path of await paths.expand(text)) {
      await sink.write("stdout", await paths.files.download(path, { signal }));
      if (surface === "notebook") await sink.write("stdout", "\n");
    }
  }
}

/** `rlist`. */
export async function listTree(context: Context, text: string | undefined): Promise<void> {
  const paths = await openPaths(context, text === undefined ? [] : [text]);
  const path = text === undefined ? "/" : await paths.resolve(text);
  const entries = await paths.files.list(path, { recursive: true, signal: context.signal });
  const lines = isFileItself(entries, path) ? [formatEntry(entries[0])] : formatTree(entries, path);
  await context.sink.write("stdout", lines.map((line) => `${line}\n`).join(""));
}

/** `df`. */
export async function listVolumes(context: Context): Promise<void> {
  const { files } = await openPaths(context);
  const volumes = await files.volumes({ signal: context.signal });
  const lines = volumes.length > 0
    ? formatVolumes(volumes)
    : ["The board does not say how full it is."];
  await context.sink.write("stdout", lines.map((line) => `${line}\n`).join(""));
}

/** `mkdirs`. */
export async function makeFolders(context: Context, texts: readonly string[]): Promise<void> {
  const paths = await openPaths(context, texts);
  const folders = await Promise.all(texts.map((text) => paths.resolve(text)));
  await paths.files.makeFolders(folders, { signal: context.signal });
}

/** How `rm` works. */
export interface RemoveOptions {
  readonly recursive: boolean;
  readonly force: boolean;
}

/**
 * `rm`. Everything that is named is looked at before anything is removed.
 *
 * @throws {UsageError} for a folder without `-r`, or all of a board without `-f`.
 * @throws {BoardFilesError} `missing`, unless `force`.
 */
export async function removeFiles(
  context: Context,
  texts: readonly string[],
  options: RemoveOptions,
): Promise<void> {
  const { signal } = context;
  const paths = await openPaths(context, texts);
  const doomed = new Map<string, BoardEntry>();
  for (const text of texts) {
    for (const entry of await whatToRemove(text, { paths, signal, ...options })) {
      doomed.set(entry.path, entry);
    }
  }
  const entries = [...doomed.values()];
  const files = entries.filter(({ kind }) => kind === "file").map(({ path }) => path);
  const folders = entries.filter(({ kind }) => kind === "folder").map(({ path }) => path);
  // What is in a folder sorts behind it.
  await paths.files.remove([...files, ...folders.sort().reverse()], { signal });
}

async function whatToRemove(
  text: string,
  { paths, recursive, force, signal }: RemoveOptions & {
    readonly paths: BoardPaths;
    readonly signal: AbortSignal;
  },
): Promise<readonly BoardEntry[]> {
  try {
    const found: BoardEntry[] = [];
    for (const path of await paths.expand(text)) {
      const entries = await paths.files.list(path, { recursive, signal });
      if (isFileItself(entries, path)) {
        found.push(entries[0]);
        continue;
      }
      if (!recursive) {
        throw new UsageError(`"${path}" is a folder. rm -r removes it with all that is in it.`);
      }
      if (path === "/" && !force) {
        throw new UsageError(
          "This would remove all files of the board. rm -rf / does so; rlist shows them.",
        );
      }
      const folder: BoardEntry[] = path === "/" ? [] : [{ path, kind: "folder", size: 0 }];
      const volumes = await paths.files.volumes({ signal });
      found.push(...removable([...entries, ...folder], volumes));
    }
    return found;
  } catch (error) {
    if (force && error instanceof BoardFilesError && error.code === "missing") return [];
    throw error;
  }
}
