/**
 * Which boards were synced so that what no resource brings is deleted: before the first time, people
 * are told. One empty file for each board, so that programs that write at the same time do not meet.
 */

import { UsageError } from "@/base/errors.ts";
import { makePrivateDirectory, place, type Variables } from "./places.ts";

/** The boards that files were deleted on. */
export class SyncedBoards {
  readonly #variables: Variables;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  /** Whether the board with this UID is one of them. One without a UID never is. */
  async has(uid: string): Promise<boolean> {
    if (uid === "") return false;
    try {
      return (await Deno.stat(this.#file(uid))).isFile;
    } catch (error) {
      if (error instanceof UsageError || error instanceof Deno.errors.NotFound) return false;
      if (error instanceof Deno.errors.NotADirectory) return false;
      if (error instanceof Deno.errors.PermissionDenied) return false;
      throw error;
    }
  }

  /**
   * Notes that the board is one of them.
   *
   * @throws {IotError} when the data directory cannot be used. Callers may well go on.
   */
  async add(uid: string): Promise<void> {
    if (uid === "") return;
    await makePrivateDirectory(this.#directory());
    await Deno.writeTextFile(this.#file(uid), "", { mode: 0o600 });
  }

  #directory(): string {
    return `${place("data", this.#variables)}/synced`;
  }

  #file(uid: string): string {
    return `${this.#directory()}/${encodeURIComponent(uid.replaceAll(":", "-"))}`;
  }
}
