/** Runs a cell of a service: output as it comes, and no process left when it is interrupted. */

import { concat, encode, indexOfBytes } from "@/base/bytes.ts";
import { abortable, within } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { StreamName } from "@/base/sink.ts";
import type { Starter } from "./engine.ts";
import { endCell } from "./services_end.ts";
import { type Login, openPlace, type Place, type PlaceOptions } from "./services_place.ts";
import { cellArguments, markOf } from "./services_script.ts";

/** A cell for a service. */
export interface ServiceCell extends Login {
  readonly body: string;
  /** The number, from 1, that the body's first line has in the cell. */
  readonly firstLine: number;
}

/** What running is told. */
export interface ServiceOptions extends PlaceOptions {
  /** Interrupts the cell, and ends what it started, when it aborts. */
  readonly signal: AbortSignal;
  /** Takes output as it comes. */
  write(stream: StreamName, data: Uint8Array | string): Promise<void>;
}

type Write = (stream: StreamName, data: Uint8Array) => Promise<void>;

/** How long the starter may take to end once it is killed, in milliseconds. */
const KILL_MS = 1_000;

/**
 * Runs a cell where its service is, and returns the exit status of its shell.
 *
 * @throws {UsageError} when there is no engine, no such service, user or shell, or the cell cannot be
 * given to one.
 * @throws {EngineError} when the engine does not do as it is told.
 * @throws {IotError} when the computer that has the containers cannot be reached.
 * @throws the signal's reason when it aborts.
 */
export async function runInService(cell: ServiceCell, options: ServiceOptions): Promise<number> {
  return await runAt(await openPlace(cell, options), cell, options);
}

/**
 * Runs a cell at a place, and returns the exit status of its shell.
 *
 * @throws as {@linkcode runInService} does.
 */
export async function runAt(
  place: Place,
  cell: ServiceCell,
  options: Pick<ServiceOptions, "signal" | "write">,
): Promise<number> {
  const { signal } = options;
  const mark = markOf(crypto.randomUUID());
  const args = place.argumentsFor(cellArguments(cell.body, cell), mark);
  const beginning = new Beginning(place.announces ? mark : undefined);
  const client = new Client(place.starter, args, async (stream, data) => {
    const shown = stream === "stderr" ? beginning.take(data) : data;
    if (shown.length > 0) await options.write(stream, shown);
  });
  try {
    const code = await abortable(client.done, signal);
    const held = beginning.held;
    await place.explain(code, held && new TextDecoder().decode(held));
    if (held !== undefined && held.length > 0) await options.write("stderr", held);
    return code;
  } catch (error) {
    // Where nothing has begun, nothing is left: who is still on the way there ends with the client.
    if (client.isRunning && beginning.isOver) {
      if (!await endCell({ place, mark, done: client.done })) {
        await options.write(
          "stderr",
          `What the cell started in "${cell.service}" could not be ended, or does not say so.\n`,
        );
      }
    }
    throw error;
  } finally {
    await client.end();
  }
}

/** What comes on standard error before the cell's shell has begun: words of the starter's own. */
class Beginning {
  readonly #mark: Uint8Array | undefined;
  #held: Uint8Array | undefined;

  /** @param mark the line that ends it; without one it is over at once */
  constructor(mark: string | undefined) {
    if (mark === undefined) return;
    this.#mark = encode(`${mark}\n`);
    this.#held = new Uint8Array();
  }

  get isOver(): boolean {
    return this.#held === undefined;
  }

  /** What has come, as long as it is not over. */
  get held(): Uint8Array | undefined {
    return this.#held;
  }

  /** Takes what comes, and returns what is to be shown now: nothing before it is over. */
  take(data: Uint8Array): Uint8Array {
    if (this.#held === undefined || this.#mark === undefined) return data;
    const all = concat([this.#held, data]);
    const at = indexOfBytes(all, this.#mark);
    this.#held = at < 0 ? all : undefined;
    return at < 0
      ? new Uint8Array()
      : concat([all.subarray(0, at), all.subarray(at + this.#mark.length)]);
  }
}

/** The starter while it runs a cell. */
class Client {
  /** Settles with its exit status when it has ended, and all output has been taken. */
  readonly done: Promise<number>;
  isRunning = true;
  /** Settles when nothing of it is left. Never rejects. */
  readonly #gone: Promise<unknown>;
  readonly #child: Deno.ChildProcess;
  readonly #pipes = new AbortController();

  constructor({ program, variables }: Starter, args: string[], write: Write) {
    try {
      this.#child = new Deno.Command(program, {
        args,
        env: { ...variables },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (cause) {
      throw new UsageError(`Cannot start "${program}". Is it installed?`, { cause });
    }
    const { signal } = this.#pipes;
    const take = (stream: StreamName) =>
      this.#child[stream].pipeTo(
        new WritableStream({ write: (chunk) => write(stream, chunk) }),
        { signal },
      );
    const parts = [this.#child.status, take("stdout"), take("stderr")] as const;
    this.#gone = Promise.allSettled(parts);
    this.done = Promise.all(parts).then(([{ code }]) => {
      this.isRunning = false;
      return code;
    });
    this.done.catch(() => {}); // whoever waits for it is told
  }

  /** Kills it if it has not ended. */
  async end(): Promise<void> {
    if (!this.isRunning) return;
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has just ended
    }
    await this.#child.status;
    // Somebody else may hold its pipes.
    if (!await within(KILL_MS, this.#gone)) this.#pipes.abort();
    await this.#gone;
  }
}
