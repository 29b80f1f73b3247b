/** A place where packages are installed: a folder of this computer, or one of a board. */

import type { FileRecord, PackageFile } from "./package.ts";
import type { Lock } from "./lock_file.ts";

/**
 * What is at a file's path:
 * - `missing`: nothing;
 * - `same`: a file with this content;
 * - `other`: a file with other content;
 * - `blocked`: no file, or the way to it leads over a link or a file.
 */
export type FileState = "missing" | "same" | "other" | "blocked";

/** What is to be done, all of it or nothing where the place can. */
export interface Changes {
  readonly write: readonly PackageFile[];
  /** Paths of files. Folders that become empty go with them. */
  readonly remove: readonly string[];
  readonly lock: Lock;
}

/** A place for packages. */
export interface Shelf {
  /** As messages call it. */
  readonly label: string;
  /**
   * What is installed.
   *
   * @throws {PackageError} `lock` when the record cannot be used.
   */
  readLock(options: { signal: AbortSignal }): Promise<Lock>;
  /** What is where these files are, or belong. */
  statesOf(
    files: readonly FileRecord[],
    options: { signal: AbortSignal },
  ): Promise<ReadonlyMap<string, FileState>>;
  /** Does it. */
  apply(changes: Changes, options: { signal: AbortSignal }): Promise<void>;
}
