/** Packages in a folder of a board. Each file gets there whole; the lock file comes last. */

import { encode } from "@/base/bytes.ts";
import type { Progress } from "@/base/progress.ts";
import type { BoardFiles, TreeDifference, WantedFile } from "@/device/files/board_files.ts";
import { BoardFilesError } from "@/device/files/files_error.ts";
import { EMPTY_LOCK, formatLock, type Lock, LOCK_NAME, readLock } from "./lock_file.ts";
import { type FileRecord, type PackageFile, packageFile } from "./package.ts";
import type { Changes, FileState, Shelf } from "./shelf.ts";

/** Where on which board. */
export interface BoardShelfOptions {
  readonly files: BoardFiles;
  /** Absolute. */
  readonly folder: string;
  readonly label: string;
  readonly progress: Progress;
}

/** Some boards cannot compute SHA-256: what they compare with needs the content, not its hash. */
class ContentWanted extends Error {}

/** A folder of a board. */
export class BoardShelf implements Shelf {
  readonly label: string;
  readonly #files: BoardFiles;
  readonly #prefix: string;
  readonly #progress: Progress;

  constructor({ files, folder, label, progress }: BoardShelfOptions) {
    this.label = label;
    this.#files = files;
    this.#prefix = folder === "/" ? "/" : `${folder}/`;
    this.#progress = progress;
  }

  async readLock({ signal }: { signal: AbortSignal }): Promise<Lock> {
    const path = this.#prefix + LOCK_NAME;
    try {
      const bytes = await this.#files.download(path, { signal });
      return readLock(new TextDecoder().decode(bytes), `${path} on the board`);
    } catch (error) {
      if (error instanceof BoardFilesError && error.code === "missing") return EMPTY_LOCK;
      throw error;
    }
  }

  async statesOf(
    files: readonly FileRecord[],
    { signal }: { signal: AbortSignal },
  ): Promise<ReadonlyMap<string, FileState>> {
    if (files.length === 0) return new Map();
    let difference: TreeDifference;
    try {
      difference = await this.#files.difference(
        files.map((file) => this.#wanted(file, () => Promise.reject(new ContentWanted()))),
        { roots: [], isProtected: () => true, signal },
      );
    } catch (error) {
      if (!(error instanceof ContentWanted)) throw error;
      return await this.#readStates(files, signal);
    }
    const { add, update } = difference;
    const missing = new Set(add.map(({ path }) => path));
    const other = new Set(update.map(({ path }) => path));
    return new Map(files.map(({ path }) => {
      const whole = this.#prefix + path;
      return [path, missing.has(whole) ? "missing" : other.has(whole) ? "other" : "same"];
    }));
  }

  /** What is there, by reading it. */
  async #readStates(
    files: readonly FileRecord[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, FileState>> {
    const states = new Map<string, FileState>();
    for (const { path, sha256 } of files) {
      try {
        const bytes = new Uint8Array(await this.#files.download(this.#prefix + path, { signal }));
        const file = await packageFile(path, bytes);
        states.set(path, file.sha256 === sha256 ? "same" : "other");
      } catch (error) {
        if (!(error instanceof BoardFilesError)) throw error;
        if (error.code !== "missing" && error.code !== "folder") throw error;
        states.set(path, error.code === "missing" ? "missing" : "blocked");
      }
    }
    return states;
  }

  async apply({ write, remove, lock }: Changes, { signal }: { signal: AbortSignal }) {
    const record = await packageFile(LOCK_NAME, encode(formatLock(lock)));
    const upload = (files: readonly PackageFile[]) =>
      this.#files.upload(
        files.map((file) => this.#wanted(file, () => Promise.resolve(file.bytes))),
        { signal, onProgress: (step) => this.#progress.update(step) },
      );
    await upload(write);
    const paths = remove.map((path) => this.#prefix + path);
    await this.#files.remove(paths, { signal });
    await upload([record]);
    await this.#removeEmpty(remove, signal);
  }

  /** A folder that is not empty is not removed. */
  async #removeEmpty(paths: readonly string[], signal: AbortSignal): Promise<void> {
    const folders = new Set<string>();
    for (const path of paths) {
      for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
        folders.add(this.#prefix + path.slice(0, at));
      }
    }
    for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
      try {
        if ((await this.#files.list(folder, { signal })).length > 0) continue;
        await this.#files.remove([folder], { signal });
      } catch (error) {
        if (!(error instanceof BoardFilesError && error.code === "missing")) throw error;
      }
    }
  }

  #wanted({ path, size, sha256 }: FileRecord, read: () => Promise<Uint8Array>): WantedFile {
    return { path: this.#prefix + path, size, sha256: Uint8Array.fromHex(sha256), read };
  }
}
