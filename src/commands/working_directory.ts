/** Where commands of this computer's side work: one directory for all of a session. */

import { UsageError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";

/** The working directory of a session; at first the process's, which is the notebook's. */
export class WorkingDirectory {
  readonly #environment: Environment;
  #path: string | undefined;
  #before: string | undefined;

  /** @param path where it is at first, absolute; the process's own where nothing is said */
  constructor(environment: Environment, path?: string) {
    this.#environment = environment;
    this.#path = path;
  }

  /** Its absolute path. */
  get path(): string {
    return this.#path ??= Deno.cwd();
  }

  /**
   * A path of this computer as the user wrote it, expanded and absolute.
   *
   * @throws {UsageError} when a variable in it is not set.
   */
  resolve(text: string): string {
    const path = this.#environment.expand(text);
    if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(path)) return path;
    return `${this.path === "/" ? "" : this.path}/${path}`;
  }

  /**
   * Goes to another directory; `-` is the one before.
   *
   * @throws {UsageError} when it is none, or cannot be entered.
   */
  async change(text: string): Promise<void> {
    if (text === "-" && this.#before === undefined) {
      throw new UsageError("There is no directory to go back to.");
    }
    const path = text === "-" ? this.#before! : this.resolve(text);
    let target: string;
    try {
      target = await Deno.realPath(path);
      if (!(await Deno.stat(target)).isDirectory) throw new Deno.errors.NotADirectory();
    } catch (cause) {
      throw new UsageError(`Cannot change to "${path}": ${reasonOf(cause)}.`, { cause });
    }
    this.#before = this.path;
    this.#path = target;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such directory";
  if (error instanceof Deno.errors.NotADirectory) return "it is no directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
