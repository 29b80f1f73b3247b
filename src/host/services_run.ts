/** Runs a cell in a container: output as it comes, and no process left when it is interrupted. */

import { abortable, within } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { StreamName } from "@/base/sink.ts";
import type { Environment } from "@/config/environment.ts";
import { type Engine, failure, openEngine } from "./engine.ts";
import { findService } from "./services.ts";
import { endCell } from "./services_end.ts";
import { cellArguments, markOf } from "./services_script.ts";

/** A cell for a container. */
export interface ServiceCell {
  /** The service as the user names it. */
  readonly service: string;
  readonly body: string;
  /** The number, from 1, that the body's first line has in the cell. */
  readonly firstLine: number;
  /** `NAME|UID[:GROUP|GID]`; the container's own user where not said. */
  readonly user?: string | undefined;
  /** The shell's name or path there; bash, else sh, where not said. */
  readonly shell?: string | undefined;
}

/** What running is told. */
export interface ServiceOptions {
  readonly environment: Environment;
  /** Interrupts the cell, and ends what it started, when it aborts. */
  readonly signal: AbortSignal;
  /** Takes output as it comes. */
  write(stream: StreamName, data: Uint8Array | string): Promise<void>;
}

/**
 * The statuses by which engines say that they could not start the shell, besides being those of
 * programs. Measured with docker 20.10 (126) and podman 4.3 (125, 127, 255).
 */
const DOUBTFUL: readonly number[] = [125, 126, 127, 255];

/** How long the engine's own program may take to end once it is killed, in milliseconds. */
const KILL_MS = 2_000;

/**
 * Runs a cell in the container that its service means, and returns the exit status of its shell.
 *
 * @throws {UsageError} when there is no engine, no such service, user or shell, or the cell cannot be
 * given to one.
 * @throws {EngineError} when the engine does not do as it is told.
 * @throws the signal's reason when it aborts.
 */
export async function runInService(cell: ServiceCell, options: ServiceOptions): Promise<number> {
  const { environment, signal } = options;
  const { engine, containers } = await openEngine(environment, { signal });
  const container = findService(cell.service, containers, engine.program).name;
  const mark = markOf(crypto.randomUUID());
  const args = cellArguments(cell.body, cell);
  const client = new Client(
    engine,
    ["exec", "--env", mark, ...asUser(cell), container, ...args],
    options.write,
  );
  try {
    const code = await abortable(client.done, signal);
    if (DOUBTFUL.includes(code)) await explain(engine, container, cell);
    return code;
  } catch (error) {
    if (client.isRunning) {
      const running = { container, mark, user: cell.user, done: client.done };
      if (!await endCell(engine, running)) {
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

function asUser({ user }: ServiceCell): string[] {
  return user === undefined ? [] : ["--user", user];
}

/** Throws if the shell could not be started at all, which its status leaves open. */
async function explain(engine: Engine, container: string, cell: ServiceCell): Promise<void> {
  const { service, user, shell } = cell;
  const probe = ["exec", ...asUser(cell), container, shell ?? "sh", "-c", ":"];
  const { code, stderr } = await engine.call(probe);
  if (code === 0) return; // then it was the cell's own status
  if (/unable to find user|no matching entries/i.test(stderr)) {
    throw new UsageError(`There is no user "${user}" in the service "${service}".`);
  }
  if (/executable file not found|no such file or directory/i.test(stderr)) {
    throw new UsageError(
      shell === undefined
        ? `The service "${service}" has no shell to run the cell: neither bash nor sh.`
        : `The service "${service}" has no "${shell}". Name another shell by -s.`,
    );
  }
  throw failure(engine.program, stderr);
}

/** The engine's program while it runs a cell. */
class Client {
  /** Settles with its exit status when it has ended, and all output has been taken. */
  readonly done: Promise<number>;
  isRunning = true;
  /** Settles when nothing of it is left. Never rejects. */
  readonly #gone: Promise<unknown>;
  readonly #child: Deno.ChildProcess;
  readonly #pipes = new AbortController();

  constructor(engine: Engine, args: string[], write: ServiceOptions["write"]) {
    this.#child = new Deno.Command(engine.program, {
      args,
      env: { ...engine.variables },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
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
