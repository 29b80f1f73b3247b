/** `cp`: what goes where, and how it gets there; loaded when it is called. */

import { writeAtomically } from "@/base/atomic_file.ts";
import { abortable } from "@/base/deadline.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import { formatTotal, Progress } from "@/base/progress.ts";
import type { TransferOptions, WantedFile } from "@/device/files/board_files.ts";
import { hostFile, memoryFile } from "@/sync/host_files.ts";
import { BoardPaths, checkPath, join } from "./board_paths.ts";
import type { Context } from "./command.ts";
import {
  boardSources,
  type CopyOptions,
  HOST,
  hostSources,
  type Part,
  type Side,
  type Source,
} from "./copy_sources.ts";
import { uploadChanged } from "./upload.ts";

/** A part, and where it goes. */
interface Move {
  readonly part: Part;
  readonly target: string;
}

/**
 * Copies `texts` to the place that `destination` names; `:` marks the board.
 *
 * @throws {UsageError} when that makes no sense, before anything is copied.
 */
export async function copy(
  context: Context,
  { sources: texts, destination }: { sources: readonly string[]; destination: string },
  { recursive }: CopyOptions,
): Promise<void> {
  for (const text of [...texts, destination]) checkPath(text);
  const isOnBoard = (text: string) => text.startsWith(":");
  if (![...texts, destination].some(isOnBoard)) {
    throw new UsageError(
      "Nothing of this is on the board: a colon marks its side, as in cp main.py :lib/",
    );
  }
  const paths = new BoardPaths(await context.devices.current(context), context);
  const sources: Source[] = [];
  for (const text of texts) {
    const found = isOnBoard(text)
      ? await boardSources(text, { paths, recursive })
      : await hostSources(text, { context, recursive });
    sources.push(...found);
  }
  const toBoard = isOnBoard(destination);
  if (!toBoard && sources.some(({ parts }) => parts.some(({ onBoard }) => !onBoard))) {
    throw new UsageError(
      `"${texts.find((text) => !isOnBoard(text))}" and "${destination}" are both on this ` +
        "computer: a colon marks the board's side.",
    );
  }
  const target = toBoard
    ? await paths.resolve(destination)
    : context.directory.resolve(destination);
  const moves = await planCopy(sources, {
    target,
    isFolder: /(?:^:?|\/)$/.test(destination),
    side: toBoard ? paths : HOST,
  });
  const progress = new Progress(context.sink);
  try {
    await (toBoard ? toTheBoard : toThisComputer)(moves, { context, paths, progress });
  } catch (error) {
    await progress.end();
    throw error;
  }
  const files = moves.filter(({ part }) => part.kind === "file");
  const bytes = files.reduce((sum, { part }) => sum + part.size, 0);
  const total = { files: files.length, bytes, elapsedMs: progress.elapsedMs };
  await progress.end(progress.shown ? formatTotal(total) : "");
}

/** Where each part goes: into a folder that is there, or to a name that is free. */
async function planCopy(
  sources: readonly Source[],
  { target, isFolder, side }: { target: string; isFolder: boolean; side: Side },
): Promise<Move[]> {
  const kind = await side.kindOf(target);
  if (kind === "file" && (isFolder || sources.length > 1)) {
    throw new UsageError(`"${target}" is a file, not a folder to copy to.`);
  }
  if (kind === "missing" && sources.length > 1 && !isFolder) {
    throw new UsageError(`There is no folder "${target}". End it with / to have it made.`);
  }
  const moves = sources.flatMap((source): Move[] => {
    if (source.kind === "folder" && kind === "file") {
      throw new UsageError(`Cannot copy the folder "${source.label}" over the file "${target}".`);
    }
    // As cp does: `cp -r a new` makes new as a copy of a, the next time it makes new/a.
    const isInside = kind === "folder" || sources.length > 1 ||
      (isFolder && source.kind === "file");
    const place = isInside ? join(target, source.name) : target;
    const folder: Move[] = source.kind === "file" ? [] : [{
      part: { below: "", kind: "folder", size: 0, path: source.label, onBoard: false },
      target: place,
    }];
    return [
      ...folder,
      ...source.parts.map((part) => ({ part, target: join(place, part.below) })),
    ];
  });
  const seen = new Map<string, Move>();
  for (const move of moves.filter(({ part }) => part.kind === "file")) {
    const other = seen.get(move.target);
    if (other !== undefined) {
      throw new UsageError(
        `"${other.part.path}" and "${move.part.path}" would both become "${move.target}".`,
      );
    }
    seen.set(move.target, move);
  }
  return moves;
}

interface Tools {
  readonly context: Context;
  readonly paths: BoardPaths;
  readonly progress: Progress;
}

async function toTheBoard(
  moves: readonly Move[],
  { context: { signal }, paths, progress }: Tools,
): Promise<void> {
  const { files } = paths;
  const wanted: WantedFile[] = [];
  for (const { part, target } of moves) {
    signal.throwIfAborted();
    if (part.kind === "folder") continue;
    if (!part.onBoard) {
      wanted.push(await abortable(hostFile(part.path, target), signal));
    } else {
      const bytes = new Uint8Array(await files.download(part.path, { signal }));
      wanted.push(await memoryFile({ path: target, hostPath: part.path, bytes }));
    }
  }
  // Files bring their folders; what is left are the empty ones.
  const empty = moves.filter(({ part, target }) =>
    part.kind === "folder" && target !== "/" &&
    !moves.some((other) => other.target.startsWith(`${target}/`))
  );
  if (empty.length > 0) await files.makeFolders(empty.map(({ target }) => target), { signal });
  // What a copy that broke off has left where this one goes.
  const leftovers = paths.partsSeen.filter((path) => !moves.some(({ part }) => part.path === path));
  if (leftovers.length > 0) await files.remove(leftovers, { signal });
  const options: TransferOptions = { signal, onProgress: (step) => progress.update(step) };
  const compares = wanted.some(({ path }) => paths.mayHave(path));
  await uploadChanged(files, wanted, { ...options, compares });
}

async function toThisComputer(
  moves: readonly Move[],
  { context: { signal }, paths: { files }, progress }: Tools,
): Promise<void> {
  const totalBytes = moves.reduce((sum, { part }) => sum + part.size, 0);
  let doneBytes = 0;
  for (const { part, target } of moves) {
    const folder = part.kind === "folder" ? target : target.slice(0, target.lastIndexOf("/"));
    await writing(folder, () => Deno.mkdir(folder || "/", { recursive: true }));
    if (part.kind === "folder") continue;
    const bytes = await files.download(part.path, {
      signal,
      onProgress: (step) =>
        progress.update({ path: part.path, doneBytes: doneBytes + step.doneBytes, totalBytes }),
    });
    await writing(target, () => writeAtomically(target, bytes));
    doneBytes += part.size;
  }
}

async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = cause instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : cause instanceof Deno.errors.IsADirectory
      ? "there is a folder of that name"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new IotError(`Cannot write "${path}": ${reason}.`, 1, { cause });
  }
}
