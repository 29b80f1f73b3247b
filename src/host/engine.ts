/** What runs containers on this computer: docker, podman or balena-engine, by its own program. */

import { withDeadline } from "@/base/deadline.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";
import { type Container, readContainers } from "./services.ts";

/** The programs that are looked for, in this order. */
const ENGINES = ["docker", "podman", "balena-engine"] as const;

/** How long an engine may take to answer, in milliseconds: a busy Pi is slow to start a process. */
const ANSWER_MS = 30_000;

/** An engine, or ssh in its stead, did not do what it was asked. */
export class EngineError extends IotError {
  override readonly name = "EngineError";
  /** Its program. */
  readonly engine: string;
  /** What it said. */
  readonly stderr: string;

  constructor(message: string, { engine, stderr }: { engine: string; stderr: string }) {
    super(message, 1);
    this.engine = engine;
    this.stderr = stderr;
  }
}

/** What a command of an engine's gave. */
export interface EngineAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What {@linkcode Engine.call} is told. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** How long the engine may take. */
  readonly timeoutMs?: number;
}

/** A program of this computer that starts others elsewhere: an engine, or ssh. */
export class Starter {
  /** A path, or a program's name. */
  readonly program: string;
  /** The environment that it is started with: `DOCKER_HOST` and the like, and `PATH`. */
  readonly variables: Readonly<Record<string, string>>;

  constructor(program: string, variables: Readonly<Record<string, string>>) {
    this.program = program;
    this.variables = variables;
  }

  /**
   * Runs it to its end, for what is short.
   *
   * @throws {Deno.errors.NotFound} when there is no such program.
   * @throws {UsageError} when it cannot be started.
   * @throws {EngineError} when it does not answer in time.
   * @throws the signal's reason when it aborts.
   */
  async call(
    args: readonly string[],
    { signal, timeoutMs = ANSWER_MS }: CallOptions = {},
  ): Promise<EngineAnswer> {
    const { program } = this;
    const { code, stdout, stderr } = await withDeadline(timeoutMs, async (either) => {
      const output = await this.#start(args, either);
      either.throwIfAborted();
      return output;
    }, {
      signal,
      error: () =>
        new EngineError(`${program} does not answer: nothing in ${timeoutMs / 1000} s.`, {
          engine: program,
          stderr: "",
        }),
    });
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, stdout: out, stderr: err };
  }

  async #start(args: readonly string[], signal: AbortSignal): Promise<Deno.CommandOutput> {
    const command = new Deno.Command(this.program, {
      args: [...args],
      env: { ...this.variables },
      clearEnv: true,
      stdin: "null",
      signal,
    });
    try {
      return await command.output();
    } catch (cause) {
      if (!(cause instanceof Deno.errors.PermissionDenied)) throw cause;
      throw new UsageError(`Cannot start "${this.program}": permission denied.`, { cause });
    }
  }
}

/** An engine's program. */
export class Engine extends Starter {
  /**
   * All containers, those that do not run as well.
   *
   * @throws {EngineError} when they cannot be listed. It says what to do.
   * @throws as {@linkcode call} does.
   */
  async containers(options: { readonly signal: AbortSignal }): Promise<Container[]> {
    const answer = await this.call(["ps", "--all", "--format", "{{json .}}"], options);
    if (answer.code !== 0) throw failure(this.program, answer.stderr);
    try {
      return readContainers(answer.stdout);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw new EngineError(
        `"${this.program} ps" printed what is no list of containers. Does IOT_ENGINE name docker, ` +
          "podman or balena-engine?",
        { engine: this.program, stderr: answer.stderr },
      );
    }
  }
}

/**
 * The engine that `$IOT_ENGINE` names, else the first one found, and its containers.
 *
 * @throws {UsageError} when there is none, or when `$IOT_ENGINE` is none.
 * @throws as {@linkcode Engine.containers} does.
 */
export async function openEngine(
  environment: Environment,
  options: { readonly signal: AbortSignal },
): Promise<{ readonly engine: Engine; readonly containers: readonly Container[] }> {
  const chosen = environment.engine();
  for (const program of chosen === undefined ? ENGINES : [chosen]) {
    const engine = new Engine(program, environment.variables);
    try {
      return { engine, containers: await engine.containers(options) };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  if (chosen !== undefined) {
    throw new UsageError(`There is no "${chosen}" on this computer. IOT_ENGINE names it.`);
  }
  throw new UsageError(
    "Nothing on this computer runs containers: there is no docker, podman or balena-engine. Install " +
      "one of them, or name the program in IOT_ENGINE.",
  );
}

/**
 * What to do about well-known troubles, by what engines say in them. They have no codes for these.
 * Source: docker 20.10, podman 4.3; balena-engine is made from docker and says "balena" for it.
 */
const TROUBLES: readonly (readonly [RegExp, (engine: string) => string])[] = [
  [
    /permission denied.*\b(?:daemon|socket)/i,
    (engine) =>
      `You may not use ${engine}: permission denied. Add yourself to its group and log in again: ` +
      `sudo usermod -aG ${engine} $USER`,
  ],
  [
    /cannot connect to|error during connect|unable to connect/i,
    (engine) =>
      `${engine} is here, but does not run. Start it, e.g. with "sudo systemctl start ` +
      `${engine}", or name another engine in IOT_ENGINE.`,
  ],
];

/** The error for an engine that said `stderr` and did nothing else. */
export function failure(program: string, stderr: string): EngineError {
  const engine = program.replace(/^.*[\\/]/, "").replace(/\.exe$/i, "");
  const said = stderr.trim();
  const [, advice] = TROUBLES.find(([pattern]) => pattern.test(said)) ?? [];
  const message = advice === undefined
    ? `${engine} failed${said === "" ? "." : `: ${said}`}`
    : `${advice(engine)}\n${said}`;
  return new EngineError(message, { engine: program, stderr: said });
}
