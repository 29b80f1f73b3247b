/**
 * A directory of the host that keeps a board's files from one run to the next.
 *
 * Symbolic links in it are not followed: a board must not reach out of its directory.
 */

import type { FileChange } from "./interpreter/file_system.ts";
import { reasonOf } from "./reason.ts";

/** A directory that a board's flash is loaded from and written to. */
export class FlashFolder {
  readonly #directory: string;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Opens `directory`, which is made where it is missing.
   *
   * @throws {RangeError} when it cannot be made, or is a file.
   */
  static async open(directory: string): Promise<FlashFolder> {
    try {
      await Deno.mkdir(directory, { recursive: true });
    } catch (cause) {
      throw new RangeError(
        `Cannot keep a board's files in "${directory}": ${reasonOf(cause)}.`,
        { cause },
      );
    }
    return new FlashFolder(directory);
  }

  /**
   * What it holds: the board's path to content, `null` for a directory.
   *
   * @throws {RangeError} when a part of it cannot be read.
   */
  async load(): Promise<[path: string, data: Uint8Array | null][]> {
    const files: [string, Uint8Array | null][] = [];
    const walk = async (path: string): Promise<void> => {
      for await (const entry of Deno.readDir(this.#directory + path)) {
        const inner = `${path}/${entry.name}`;
        if (entry.isDirectory) {
          files.push([inner, null]);
          await reading(this.#directory + inner, () => walk(inner));
        } else if (entry.isFile) {
          const place = this.#directory + inner;
          files.push([inner, await reading(place, () => Deno.readFile(place))]);
        }
      }
    };
    await reading(this.#directory, () => walk(""));
    return files;
  }

  /** Takes over a change, in the order of the calls. */
  readonly change = (change: FileChange): void => {
    this.#writing = this.#writing.then(() => this.#apply(change)).catch((error) => {
      this.#failure ??= error;
    });
  };

  /**
   * Resolves when all changes are written.
   *
   * @throws what went wrong first, e.g. {@linkcode Deno.errors.PermissionDenied}.
   */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #apply(change: FileChange): Promise<void> {
    switch (change.kind) {
      case "write": {
        const path = await this.#place(change.path);
        // Written beside it and renamed: a crash leaves the old file or the new one.
        const part = `${path}.iot-sim-part`;
        await this.#removeLink(part);
        await Deno.writeFile(part, change.data);
        await Deno.rename(part, path);
        break;
      }
      case "mkdir":
        await Deno.mkdir(await this.#place(change.path), { recursive: true });
        break;
      case "remove":
        await Deno.remove(await this.#place(change.path));
        break;
      case "rename":
        await Deno.rename(await this.#place(change.from), await this.#place(change.to));
    }
  }

  /** The host's path for a board's path; no part of it is a symbolic link. */
  async #place(path: string): Promise<string> {
    let place = this.#directory;
    for (const name of path.split("/").slice(1)) {
      place += `/${name}`;
      await this.#removeLink(place);
    }
    return place;
  }

  async #removeLink(path: string): Promise<void> {
    try {
      if ((await Deno.lstat(path)).isSymlink) await Deno.remove(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** What `work` brings. @throws {RangeError} that names `path`, when it fails. */
async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new RangeError(`Cannot read a board's files: "${path}", ${reasonOf(cause)}.`, { cause });
  }
}
