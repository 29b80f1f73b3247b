/** One run at a time has a board: a lock that goes with the process that holds it. */

import type { Environment } from "@/config/environment.ts";
import { makePrivateDirectory, place } from "@/config/places.ts";
import { RigError } from "./rig_error.ts";

/** What a lock is taken with. */
export interface LockOptions {
  /** What the bench file calls the board. */
  readonly board: string;
  readonly environment: Environment;
}

/** A board's lock, held until disposed. */
export class BoardLock implements Disposable {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Takes the lock that `key` names: a UID, or for a board that the runner starts itself its place
   * in the rig.
   *
   * @throws {RigError} `locked` when another run has it, saying which.
   */
  static async take(key: string, { board, environment }: LockOptions): Promise<BoardLock> {
    const directory = place("runtime", (name) => environment.raw(name));
    await makePrivateDirectory(directory);
    // Never removed: a lock on a file that somebody else has just replaced would be no lock.
    const path = `${directory}/hil-${await slug(key)}.lock`;
    const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    try {
      if (!await file.tryLock(true)) {
        const [pid] = (await Deno.readTextFile(path)).split("\n");
        const holder = /^\d+$/.test(pid) ? `process ${pid}` : "another process";
        throw new RigError("locked", board, `Another run has the board "${board}": ${holder}.`);
      }
      await file.truncate();
      await file.write(new TextEncoder().encode(`${Deno.pid}\n${key}\n`));
      return new BoardLock(file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** A file name for any text: readable where it is short and plain. */
async function slug(key: string): Promise<string> {
  if (/^[\w.-]{1,64}$/.test(key)) return key;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return new Uint8Array(digest).toHex().slice(0, 32);
}
