/** Removing files of a board, and making folders. */

import type { Device } from "../device.ts";
import { ask, type AskOptions } from "./ask.ts";
import type { WantedFile } from "./board_files.ts";
import discard from "./discard.py" with { type: "text" };
import folders from "./folders.py" with { type: "text" };
import { translated } from "./listing.ts";
import { partOf } from "./part_name.ts";
import { pythonString } from "./python_text.ts";
import remove from "./remove.py" with { type: "text" };
import walk from "./walk.py" with { type: "text" };

type Options = Omit<AskOptions, "path">;

/** So much of paths goes to a board at once: it has to keep all of it in memory. */
const PATHS_BYTES = 1_500;

/** Removes files and empty folders, in the order given. */
export async function removePaths(
  device: Device,
  paths: readonly string[],
  options: Options,
): Promise<void> {
  await each(device, paths, { ...options, parts: [walk, remove], name: "remove", tried: "remove" });
}

/**
 * Removes what is left of uploads of `files` that did not come to an end, but for parts that are
 * whole and were about to take the place of a file that is gone already.
 */
export async function discardParts(
  device: Device,
  files: readonly WantedFile[],
  options: Options,
): Promise<void> {
  const literals = new Map(files.map(({ path, size }) => {
    const part = partOf(path);
    return [part, `(${pythonString(part)},${pythonString(path)},${size})`];
  }));
  await each(device, [...literals.keys()], {
    ...options,
    parts: [walk, discard],
    name: "discard",
    tried: "remove",
    literal: (part) => literals.get(part)!,
  });
}

/** Makes folders, and those above them. */
export async function makeFolders(
  device: Device,
  paths: readonly string[],
  options: Options,
): Promise<void> {
  const what = { parts: [walk, folders], name: "folders", tried: "make" };
  await each(device, paths, { ...options, ...what });
}

async function each(
  device: Device,
  paths: readonly string[],
  { parts, name, tried, literal = pythonString, ...options }: Options & {
    readonly parts: readonly string[];
    readonly name: string;
    readonly tried: string;
    /** A path as the board's function takes it. */
    readonly literal?: (path: string) => string;
  },
): Promise<void> {
  for (const batch of batches(paths)) {
    const call = `${name}((${batch.map(literal).join(",")},))`;
    await translated(
      batch,
      tried,
      () => ask(device, { parts, call }, { ...options, path: batch[0] }),
    );
  }
}

/** `paths` in parts that a small board can take. */
export function batches(paths: readonly string[], limit = PATHS_BYTES): string[][] {
  const all: string[][] = [];
  let room = 0;
  for (const path of paths) {
    const size = pythonString(path).length;
    if (all.length === 0 || size > room) {
      all.push([]);
      room = limit;
    }
    all.at(-1)!.push(path);
    room -= size;
  }
  return all;
}
