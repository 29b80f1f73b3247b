/** Packages in a folder of this computer. */

import { pause } from "@/base/deadline.ts";
import { EMPTY_LOCK, formatLock, type Lock, LOCK_NAME, readLock } from "./lock_file.ts";
import type { FileRecord } from "./package.ts";
import { PackageError } from "./package_error.ts";
import { OWN_PREFIX } from "./package_path.ts";
import type { Changes, FileState, Shelf } from "./shelf.ts";
import { commit, recover } from "./transaction.ts";

/** Whoever changes the folder holds this file; the system lets go of it when a program ends. */
const HOLD_NAME = `${OWN_PREFIX}busy`;

/** How long to wait for another program, and how often to look, in milliseconds. */
const BUSY_MS = 30_000;
const LOOK_MS = 100;

/** How a folder is opened. */
export interface FolderShelfOptions {
  readonly signal: AbortSignal;
  /** Whether it is to be changed: then it is made, and no other program changes it meanwhile. */
  readonly changes: boolean;
  readonly busyMs?: number;
}

/** A folder with packages. */
export class FolderShelf implements Shelf, AsyncDisposable {
  readonly label: string;
  readonly #folder: string;
  readonly #hold: Deno.FsFile | undefined;

  private constructor(folder: string, hold: Deno.FsFile | undefined) {
    this.label = folder;
    this.#folder = folder;
    this.#hold = hold;
  }

  /**
   * Opens the folder at the absolute path `folder`; what an earlier program could not finish there
   * is taken back.
   *
   * @throws {PackageError} `busy`, or `disk` when the folder cannot be used.
   */
  static async open(folder: string, options: FolderShelfOptions): Promise<FolderShelf> {
    const { signal, changes, busyMs = BUSY_MS } = options;
    if (!changes) return new FolderShelf(folder, undefined);
    return await writing(folder, async () => {
      await Deno.mkdir(folder, { recursive: true });
      const hold = await Deno.open(`${folder}/${HOLD_NAME}`, { write: true, create: true });
      try {
        const end = performance.now() + busyMs;
        while (!await hold.tryLock(true)) {
          if (performance.now() > end) {
            throw new PackageError(
              "busy",
              `Another program installs packages in ${folder}. Try again when it is done.`,
            );
          }
          await pause(LOOK_MS, signal);
          signal.throwIfAborted();
        }
        await recover(folder);
        return new FolderShelf(folder, hold);
      } catch (error) {
        hold.close();
        throw error;
      }
    });
  }

  async readLock(_options: { signal: AbortSignal }): Promise<Lock> {
    const path = `${this.#folder}/${LOCK_NAME}`;
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (cause) {
      const isNone = cause instanceof Deno.errors.NotFound ||
        cause instanceof Deno.errors.NotADirectory;
      if (isNone) return EMPTY_LOCK;
      throw new PackageError("lock", `Cannot read ${path}: ${messageOf(cause)}.`, { cause });
    }
    return readLock(text, path);
  }

  async statesOf(
    files: readonly FileRecord[],
    { signal }: { signal: AbortSignal },
  ): Promise<ReadonlyMap<string, FileState>> {
    const states = new Map<string, FileState>();
    for (const file of files) {
      signal.throwIfAborted();
      states.set(file.path, await this.#stateOf(file));
    }
    return states;
  }

  async #stateOf({ path, size, sha256 }: FileRecord): Promise<FileState> {
    // Links are not followed: one could lead anywhere.
    for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
      const above = await lstat(`${this.#folder}/${path.slice(0, at)}`);
      if (above === undefined) return "missing";
      if (!above.isDirectory) return "blocked";
    }
    const whole = `${this.#folder}/${path}`;
    const info = await lstat(whole);
    if (info === undefined) return "missing";
    if (!info.isFile) return "blocked";
    if (info.size !== size) return "other";
    return await writing(whole, async () => {
      const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(whole));
      return new Uint8Array(digest).toHex() === sha256 ? "same" : "other";
    });
  }

  async apply(
    { write, remove, lock }: Changes,
    options: { signal: AbortSignal },
  ): Promise<void> {
    const changes = { write, remove, lock: formatLock(lock) };
    await writing(this.#folder, () => commit(this.#folder, changes, options));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#hold?.close();
    return Promise.resolve();
  }
}

async function lstat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new PackageError("disk", `Cannot look at "${path}": ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error) || !isSystems(cause)) throw cause;
    const reason = cause instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : cause instanceof Deno.errors.NotADirectory || cause instanceof Deno.errors.AlreadyExists
      ? "there is a file where a folder is wanted"
      : messageOf(cause);
    throw new PackageError("disk", `Cannot use "${path}": ${reason}.`, { cause });
  }
}

/** Whether the operating system said so. */
function isSystems(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code) ||
    Object.values(Deno.errors).some((kind) => error instanceof kind);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
