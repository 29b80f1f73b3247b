/**
 * IPython's own store of variables, a file for each: what `%store x` of IPython keeps is here, and
 * what is written here comes back by its `%store -r x`. Source: IPython,
 * extensions/storemagic.py and external/pickleshare.py.
 */

import { writeAtomically } from "@/base/atomic_file.ts";
import { pause } from "@/base/deadline.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import { closest, formatSize } from "@/base/text.ts";
import { ipythonDirectory, type Variables } from "./ipython_directory.ts";
import { isName } from "./names.ts";
import { PickleError } from "./pickle_error.ts";
import { readPickle } from "./pickle_reader.ts";
import { writePickle } from "./pickle_writer.ts";
import { checkValue, type Foreign, type Value } from "./value.ts";

/** The profile that kernels have unless they are told otherwise. */
const DATABASE = "profile_default/db";

/** A board has room for some megabytes at most; a data frame may well be larger than this. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** IPython writes a file in place: one that ends too early may be whole a moment later. */
const TRIES = 10;
const RETRY_MS = 50;

/** The variables that are kept. Several programs may use them at the same time. */
export class VariableStore {
  readonly #database: string;
  readonly #wait: (ms: number) => Promise<void>;

  /** @param options `wait`: how time passes until a file is looked at again */
  constructor(
    database: string,
    { wait = pause }: { readonly wait?: (ms: number) => Promise<void> } = {},
  ) {
    this.#database = database;
    this.#wait = wait;
  }

  /**
   * The store of this user's IPython. Nothing is made before something is written.
   *
   * @throws {IotError} when the environment does not tell where it is.
   */
  static async open(variables: Variables): Promise<VariableStore> {
    return new VariableStore(`${await ipythonDirectory(variables)}/${DATABASE}`);
  }

  get #folder(): string {
    return `${this.#database}/autorestore`;
  }

  /** The names of all, sorted. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const entry of Deno.readDir(this.#folder)) {
        if (!entry.isDirectory && isName(entry.name)) names.push(entry.name);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw this.#failed("look into", error);
    }
    return names.sort();
  }

  /**
   * What is kept under `name`.
   *
   * @throws {UsageError} when nothing is.
   * @throws {CannotCross} when some of it is no value that boards know.
   * @throws {PickleError} when the file is not what Python writes.
   */
  async read(name: string): Promise<Value> {
    return checkValue(await this.look(name), { name, verb: "restore" });
  }

  /**
   * The same, with all that does not cross in it.
   *
   * @param options `maxBytes`: files that are longer are refused
   */
  async look(
    name: string,
    { maxBytes = MAX_FILE_BYTES }: { readonly maxBytes?: number } = {},
  ): Promise<Value | Foreign> {
    for (let tries = 1;; tries++) {
      try {
        return readPickle(await this.#bytesOf(name, maxBytes));
      } catch (error) {
        if (!(error instanceof PickleError)) throw error;
        if (error.code !== "truncated" || tries === TRIES) {
          throw new PickleError(
            error.code,
            `Cannot read what is stored as "${name}": ${error.message} ` +
              `\`%store -d ${name}\` forgets it.`,
          );
        }
      }
      await this.#wait(RETRY_MS);
    }
  }

  async #bytesOf(name: string, maxBytes: number): Promise<Uint8Array> {
    const path = this.#path(name);
    try {
      const { size } = await Deno.stat(path);
      if (size > maxBytes) {
        throw new IotError(
          `What is stored as "${name}" takes ${formatSize(size)}, more than any board holds.`,
          1,
        );
      }
      return await Deno.readFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw await this.#unknown(name);
      if (error instanceof IotError) throw error;
      throw this.#failed(`read "${name}" from`, error);
    }
  }

  /**
   * Keeps `value` under `name`, in the place of what was kept there. Who reads meanwhile sees one or
   * the other.
   *
   * @throws {IotError} when it cannot be written.
   */
  async write(name: string, value: Value): Promise<void> {
    const path = this.#path(name);
    try {
      await Deno.mkdir(this.#folder, { recursive: true });
      const { mtime } = await Deno.stat(this.#folder);
      await writeAtomically(path, writePickle(value), {
        // Every file in the folder itself is a variable to IPython.
        partFolder: this.#database,
        modified: await this.#nextSecond(path),
      });
      await this.#noteTime(mtime);
    } catch (error) {
      throw this.#failed(`write "${name}" to`, error);
    }
  }

  /**
   * Forgets what is kept under `name`.
   *
   * @throws {UsageError} when nothing is.
   */
  async forget(name: string): Promise<void> {
    const path = this.#path(name);
    try {
      const { mtime } = await Deno.stat(path);
      await Deno.remove(path);
      await this.#noteTime(mtime);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw await this.#unknown(name);
      throw this.#failed(`remove "${name}" from`, error);
    }
  }

  /**
   * A second that the file was not modified in so far. IPython takes a file for unchanged while its
   * time is the same in whole seconds (PickleShareDB.__getitem__), and would restore an old value.
   */
  async #nextSecond(path: string): Promise<Date> {
    const old = await Deno.stat(path).catch(() => undefined) ?? await Deno.stat(this.#folder);
    const second = Math.floor((old.mtime?.getTime() ?? 0) / 1_000) + 1;
    return new Date(Math.max(Date.now(), second * 1_000));
  }

  /**
   * Has the folder show the latest time that any file in it has had: one that is forgotten and kept
   * anew must not have the time that it had before.
   */
  async #noteTime(time: Date | null): Promise<void> {
    const { mtime } = await Deno.stat(this.#folder);
    if (time !== null && mtime !== null && time > mtime) {
      await Deno.utime(this.#folder, time, time);
    }
  }

  #path(name: string): string {
    if (!isName(name)) throw new UsageError(`"${name}" is no name of a variable.`);
    return `${this.#folder}/${name}`;
  }

  async #unknown(name: string): Promise<UsageError> {
    const names = await this.names();
    const near = closest(name, names);
    return new UsageError(
      `No variable is stored as "${name}". ` +
        (near ? `Did you mean "${near}"?` : "%store lists all that are."),
    );
  }

  #failed(action: string, cause: unknown): IotError {
    if (cause instanceof IotError) return cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new IotError(`Cannot ${action} IPython's store "${this.#folder}": ${reason}`, 1, {
      cause,
    });
  }
}
