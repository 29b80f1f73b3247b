/** What is on a board: files, folders, and the file systems that they are in. */

import type { Device } from "../device.ts";
import { ask, type AskOptions, BoardRefusal } from "./ask.ts";
import type { BoardEntry, Volume } from "./board_files.ts";
import { BoardFilesError, errnoError } from "./files_error.ts";
import list from "./list.py" with { type: "text" };
import { pythonString, readPythonString } from "./python_text.ts";
import volumes from "./volumes.py" with { type: "text" };
import walk from "./walk.py" with { type: "text" };

type Options = Omit<AskOptions, "path">;

/**
 * What is in a folder, and with `recursive` in those below it; a file is its own list.
 *
 * @throws {BoardFilesError} `missing`.
 */
export async function listEntries(
  device: Device,
  path: string,
  { recursive = false, ...options }: Options & { readonly recursive?: boolean },
): Promise<BoardEntry[]> {
  const call = `listing(${pythonString(path)},${recursive ? 1 : 0})`;
  const program = { parts: [walk, list], call };
  const [epochYear, ...rows] = await translated(
    path,
    "read",
    () => ask(device, program, { ...options, path }),
  );
  return rows.map((row) => readEntry(row, Number(epochYear))).sort(byPath);
}

/** The file systems that are mounted. */
export async function listVolumes(device: Device, options: Options): Promise<Volume[]> {
  const program = { parts: [walk, volumes], call: "volumes()" };
  const rows = await translated(
    "/",
    "read",
    () => ask(device, program, { ...options, path: "/" }),
  );
  return rows.map((row) => {
    const [, total, free, flag, name] = /^(\d+) (-?\d+) (-?\d) (.*)$/s.exec(row)!;
    return {
      path: readPythonString(name)!,
      totalBytes: Number(total),
      freeBytes: Math.max(0, Number(free)),
      ...(flag !== "-1" && { readOnly: flag === "1" }),
    };
  });
}

/** Orders entries by path as Python orders strings. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Has what the board refused told as an error about a file. */
export async function translated<T>(
  path: string | readonly string[],
  tried: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BoardRefusal)) throw error;
    throw errnoError(typeof path === "string" ? path : path[error.index], tried, error.errno);
  }
}

/** Reads a row of list.py. `epochYear` is the year that the board counts seconds from. */
export function readEntry(row: string, epochYear: number): BoardEntry {
  const [, folder, size, seconds, name] = /^(\d) (\d+) (-?\d+) (.*)$/s.exec(row) ?? [];
  const path = name === undefined ? undefined : readPythonString(name);
  if (path === undefined) {
    throw new BoardFilesError("failed", row, `The board lists something that is no file: ${row}.`);
  }
  const entry = {
    path: path.startsWith("/") ? path : `/${path}`,
    kind: folder === "1" ? "folder" as const : "file" as const,
    size: Number(size),
  };
  if (Number(seconds) < 0) return entry;
  const shown = new Date(Date.UTC(epochYear, 0, 1) + Number(seconds) * 1_000);
  // What the board's clock showed, taken for this computer's local time.
  const local = new Date(
    shown.getUTCFullYear(),
    shown.getUTCMonth(),
    shown.getUTCDate(),
    shown.getUTCHours(),
    shown.getUTCMinutes(),
    shown.getUTCSeconds(),
  );
  return { ...entry, modifiedMs: local.getTime() };
}
