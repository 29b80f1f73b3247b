/**
 * The board that a notebook used last, kept between kernels: one small file for each notebook, so
 * that kernels that write at the same time do not meet.
 */

import { writeAtomically } from "@/base/atomic_file.ts";
import { UsageError } from "@/base/errors.ts";
import { makePrivateDirectory, place, type Variables } from "./places.ts";

/** A board as it is found again. */
export interface RememberedDevice {
  /** Its UID; empty for a board that has none. */
  readonly uid: string;
  /** The address it was last connected at. */
  readonly url: string;
}

/** How many notebooks are remembered: those that were used last. */
const MAX_FILES = 200;

/** What {@linkcode Remembered} can be told. */
export interface RememberedOptions {
  /** The directory that stands for a kernel that Jupyter gave no name to; ours where not given. */
  readonly cwd?: string;
}

/**
 * What this notebook remembers. A notebook is known by `$JPY_SESSION_NAME`, its path, which Jupyter
 * sets; elsewhere, as under `iot execute`, by the directory.
 */
export class Remembered {
  readonly #variables: Variables;
  readonly #key: string;

  constructor(variables: Variables, options: RememberedOptions = {}) {
    this.#variables = variables;
    const session = variables("JPY_SESSION_NAME");
    this.#key = session === undefined
      ? `directory ${options.cwd ?? Deno.cwd()}`
      : `session ${session}`;
  }

  /** The board; undefined where there is none, or what was written cannot be read. */
  async get(): Promise<RememberedDevice | undefined> {
    try {
      const { key, uid, url } = JSON.parse(await Deno.readTextFile(await this.#file()));
      if (key !== this.#key || typeof uid !== "string" || typeof url !== "string") return;
      return { uid, url };
    } catch (error) {
      if (isExpected(error)) return undefined;
      throw error;
    }
  }

  /**
   * Remembers `device`.
   *
   * @throws {IotError} when the data directory cannot be used. Callers may well go on.
   */
  async set({ uid, url }: RememberedDevice): Promise<void> {
    const directory = this.#directory();
    await makePrivateDirectory(directory);
    const text = JSON.stringify({ key: this.#key, uid, url }) + "\n";
    await writeAtomically(await this.#file(), text, { mode: 0o600 });
    await prune(directory);
  }

  /** Forgets what was remembered. */
  async forget(): Promise<void> {
    try {
      await Deno.remove(await this.#file());
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }

  #directory(): string {
    return `${place("data", this.#variables)}/remembered`;
  }

  /** Named by a digest: a notebook's path holds letters that a file's name cannot. */
  async #file(): Promise<string> {
    const bytes = new TextEncoder().encode(this.#key);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return `${this.#directory()}/${digest.subarray(0, 16).toHex()}.json`;
  }
}

/** Nothing remembered, a file torn by another's hand, or a process without a home. */
function isExpected(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.PermissionDenied || error instanceof SyntaxError ||
    error instanceof TypeError || error instanceof UsageError;
}

/** Removes those that were not used for longest. Another kernel may do the same just now. */
async function prune(directory: string): Promise<void> {
  const files: { path: string; time: number }[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    const stat = await Deno.stat(path).catch(() => undefined);
    if (stat !== undefined) files.push({ path, time: stat.mtime?.getTime() ?? 0 });
  }
  files.sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(MAX_FILES)) await Deno.remove(path).catch(() => {});
}
