/** Paths on the board as users write them: `:` before them, relative, with patterns. */

import { UsageError } from "@/base/errors.ts";
import type { BoardEntry, BoardFiles } from "@/device/files/board_files.ts";
import { BoardFilesError } from "@/device/files/files_error.ts";
import { isPart } from "@/device/files/part_name.ts";
import type { Device } from "@/device/device.ts";
import { expandPattern, isPattern } from "@/sync/patterns.ts";
import { isBelow } from "@/sync/plan.ts";
import { boardFilesOf } from "./board_files.ts";

/** The directory that a board's programs are in; a micro:bit has none but the root. */
const ASK_DIRECTORY = `import os
try:
 print(os.getcwd())
except AttributeError:
 print("/")
`;

/** A board's files by the paths that a user wrote. */
export class BoardPaths {
  readonly files: BoardFiles;
  readonly #device: Device;
  readonly #signal: AbortSignal;
  #directory: Promise<string> | undefined;
  /** What {@linkcode kindOf} saw last. */
  #seen: readonly BoardEntry[] = [];

  constructor(device: Device, { signal }: { signal: AbortSignal }) {
    this.files = boardFilesOf(device);
    this.#device = device;
    this.#signal = signal;
  }

  /**
   * The board's path that `text` means; from the board's working directory, where it is relative.
   *
   * @throws {UsageError} for no path at all, or one that leads above the root.
   */
  async resolve(text: string): Promise<string> {
    checkPath(text);
    const path = text.replace(/^:/, "");
    return normalize(path.startsWith("/") ? path : join(await this.#workingDirectory(), path));
  }

  /**
   * The paths that `text` means: itself, or what it matches.
   *
   * @throws {BoardFilesError} `missing` when a pattern matches nothing.
   */
  async expand(text: string): Promise<string[]> {
    const path = await this.resolve(text);
    if (!isPattern(path) || await this.kindOf(path) !== "missing") return [path];
    const paths = await expandPattern(path, async (folder) => {
      const entries = await this.files.list(folder, { signal: this.#signal });
      return entries.map(({ path, kind }) => ({ name: baseName(path), kind }));
    });
    if (paths.length > 0) return paths;
    throw new BoardFilesError("missing", path, `Nothing on the board matches "${path}".`);
  }

  /** What is at `path`. */
  async kindOf(path: string): Promise<"file" | "folder" | "missing"> {
    const entries = await this.list(path);
    this.#seen = entries ?? [];
    if (entries === undefined) return "missing";
    return isFileItself(entries, path) ? "file" : "folder";
  }

  /** Parts of files that a copy has left, where {@linkcode kindOf} was asked last. */
  get partsSeen(): string[] {
    const parts = this.#seen.filter(({ path, kind }) => kind === "file" && isPart(path));
    return parts.map(({ path }) => path);
  }

  /** Whether there may be something at `path`, at or below where {@linkcode kindOf} was asked last. */
  mayHave(path: string): boolean {
    return this.#seen.some((entry) => isBelow(path, entry.path));
  }

  /** What is at `path` and, with `recursive`, below it; undefined when nothing is. */
  async list(
    path: string,
    options: { recursive?: boolean } = {},
  ): Promise<readonly BoardEntry[] | undefined> {
    try {
      return await this.files.list(path, { ...options, signal: this.#signal });
    } catch (error) {
      if (error instanceof BoardFilesError && error.code === "missing") return undefined;
      throw error;
    }
  }

  async #workingDirectory(): Promise<string> {
    this.#directory ??= this.#device.evaluate(ASK_DIRECTORY, { signal: this.#signal });
    return (await this.#directory).replace(/\n$/, "");
  }
}

/**
 * Refuses what no path is: an empty one is a variable that was not set, not a whole board.
 *
 * @throws {UsageError} when `text` is such.
 */
export function checkPath(text: string): void {
  if (text === "") {
    throw new UsageError(
      'An empty path names nothing: write "/" for the board\'s root, "." for a working directory.',
    );
  }
  if (text.startsWith("::")) {
    throw new UsageError(
      `"${text}" begins with two colons: one marks the board's side. ` +
        `A name that begins with one is written ":./${text.slice(1)}".`,
    );
  }
}

/** Whether a listing is that of a file. */
export function isFileItself(entries: readonly BoardEntry[], path: string): boolean {
  return entries.length === 1 && entries[0].path === path && entries[0].kind === "file";
}

/** The last part of a path; empty for `/`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `name` in `folder`. */
export function join(folder: string, name: string): string {
  if (name === "") return folder;
  return `${folder === "/" ? "" : folder}/${name}`;
}

/** Without `.`, `..` and empty parts; what would lead above the root is refused. */
function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) {
      throw new UsageError(`"${path}" leads above the board's root.`);
    }
  }
  return `/${parts.join("/")}`;
}
