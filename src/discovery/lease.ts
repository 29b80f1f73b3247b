/** The holder's side of a board: says who has it, and gives it up when nobody needs it here. */

import { pause, within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import { makePrivateDirectory } from "@/config/places.ts";
import { type Answer, type Held, isQuestion, readMessage, writeMessage } from "./lease_protocol.ts";
import type { Party } from "./party.ts";

/** What a {@linkcode Lease} is made with. */
export interface LeaseOptions {
  /** The runtime directory; made when it is not there. */
  readonly directory: string;
  readonly holder: Party;
  readonly held: Held;
  /** Lets go of the board when it is idle; resolves to whether the port is closed now. */
  readonly release: () => Promise<boolean>;
  /** Is told when nobody is answered any more. */
  readonly onEnd?: (path: string) => void;
}

/** How long somebody who connects may take to ask. */
const QUESTION_MS = 2_000;
/** How long to wait after a connection could not be taken. */
const ACCEPT_AGAIN_MS = 100;
/** No path of a socket is longer: `sockaddr_un.sun_path` has 108 bytes on Linux, 104 on macOS. */
const MAX_PATH_BYTES = 103;

/** Answers for one board until disposed. */
export class Lease implements AsyncDisposable {
  readonly path: string;
  readonly #options: LeaseOptions;
  readonly #listener: Deno.UnixListener;
  readonly #inode: number | null;
  readonly #answering = new Set<Promise<void>>();
  readonly #connections = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;
  #ended: Promise<void> | undefined;

  private constructor(path: string, listener: Deno.UnixListener, options: LeaseOptions) {
    this.path = path;
    this.#listener = listener;
    this.#inode = Deno.lstatSync(path).ino;
    this.#options = options;
    this.#serving = this.#serve();
  }

  /**
   * Begins to answer. Undefined where that cannot be, e.g. for want of a runtime directory: then
   * others meet the port's lock, and are told the process only.
   */
  static async serve(options: LeaseOptions): Promise<Lease | undefined> {
    const { directory, held } = options;
    try {
      await makePrivateDirectory(directory);
      const name = held.uid || slug(held.line);
      // A board that is reached by cable and by air can have two holders.
      for (const path of [`${directory}/${name}.sock`, `${directory}/${name}@${Deno.pid}.sock`]) {
        if (new TextEncoder().encode(path).length > MAX_PATH_BYTES) return undefined;
        const listener = await listen(path);
        if (listener !== undefined) return new Lease(path, listener, options);
      }
      return undefined;
    } catch (error) {
      // A lease is a courtesy: no board is refused because it cannot be given.
      if (error instanceof IotError || isSystemError(error)) return undefined;
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ended ??= this.#end();
  }

  async #end(): Promise<void> {
    this.#options.onEnd?.(this.path);
    // Removed before it is closed: nobody shall find a socket that does not answer.
    await this.#remove();
    this.#listener.close();
    await this.#serving;
    for (const connection of this.#connections) hangUp(connection);
  }

  async #remove(): Promise<void> {
    try {
      // Somebody who took ours for a dead one may have put theirs in its place.
      if ((await Deno.lstat(this.path)).ino === this.#inode) await Deno.remove(this.path);
    } catch {
      // it is gone already
    }
  }

  async #serve(): Promise<void> {
    for (;;) {
      let connection: Deno.Conn;
      try {
        connection = await this.#listener.accept();
      } catch {
        if (this.#ended !== undefined) return;
        // No descriptor was free, say: whoever asks waits a moment, and is heard.
        await pause(ACCEPT_AGAIN_MS);
        continue;
      }
      const answering = this.#answer(connection)
        .catch(() => {}) // whoever asked went away
        .finally(() => this.#answering.delete(answering));
      this.#answering.add(answering);
    }
  }

  async #answer(connection: Deno.Conn): Promise<void> {
    this.#connections.add(connection);
    try {
      const asked = readMessage(connection).catch(() => undefined);
      if (!await within(QUESTION_MS, asked)) return;
      const question = await asked;
      if (!isQuestion(question)) return;
      const { holder, held, release } = this.#options;
      // Letting go ends this lease as well; the answer goes out all the same.
      this.#connections.delete(connection);
      const released = question.op === "release" && await release();
      await writeMessage(connection, { holder, held, released } satisfies Answer);
    } finally {
      this.#connections.delete(connection);
      hangUp(connection);
    }
  }
}

/** Listens at `path`; undefined when another program does. What a dead one left is replaced. */
async function listen(path: string): Promise<Deno.UnixListener | undefined> {
  for (let attempt = 1;; attempt++) {
    try {
      const listener = Deno.listen({ transport: "unix", path });
      await Deno.chmod(path, 0o600);
      return listener;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || attempt > 1) throw error;
      if (!await removeIfDead(path)) return undefined;
    }
  }
}

/** Removes a socket that nobody listens at; whether it is gone. */
export async function removeIfDead(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (!(error instanceof Deno.errors.ConnectionRefused)) return false;
    await Deno.remove(path).catch(() => {});
    return true;
  }
}

function hangUp(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // it has ended
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && Object.values(Deno.errors).some((kind) => error instanceof kind);
}

/** A file's name for a line whose board was not asked for its UID. */
function slug(line: string): string {
  return line.replace(/[^\w.-]+/g, "-").slice(0, 48);
}
