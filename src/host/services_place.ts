/** Where a cell's shell can run: in a container, or on the computer that has the containers. */

import { IotError, UsageError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";
import { failure, openEngine, Starter } from "./engine.ts";
import { findService, HOST_SERVICE } from "./services.ts";

/** A place for programs. */
export interface Place {
  /** What starts them there. */
  readonly starter: Starter;
  /**
   * The starter's arguments that run `argv` there, with `variable` (`NAME=VALUE`) in its environment.
   *
   * @throws {UsageError} when they are too long for it.
   */
  argumentsFor(argv: readonly string[], variable?: string): string[];
  /**
   * Called when a shell ended with `code`.
   *
   * @throws {IotError} when it could not be started at all. It says why.
   */
  explain(code: number): Promise<void>;
}

/** Whose shell it is, and which. */
export interface Login {
  /** The service as the user names it. */
  readonly service: string;
  /** `NAME|UID[:GROUP|GID]`; the place's own where not said. */
  readonly user?: string | undefined;
  /** The shell's name or path there. */
  readonly shell?: string | undefined;
}

/** What opening a place is told. */
export interface PlaceOptions {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/**
 * The place that a service means.
 *
 * @throws {UsageError} when there is no engine, or not one such service that runs.
 * @throws {EngineError} when the engine does not do as it is told.
 */
export async function openPlace(login: Login, options: PlaceOptions): Promise<Place> {
  if (login.service === HOST_SERVICE) return new HostPlace(login, options.environment);
  const { engine, containers } = await openEngine(options.environment, options);
  const { name } = findService(login.service, containers, engine.program);
  return new ContainerPlace(login, { starter: engine, container: name });
}

/**
 * The statuses by which engines say that they could not start the shell, besides being those of
 * programs. Measured with docker 20.10 (126) and podman 4.3 (125, 127, 255).
 */
const DOUBTFUL: readonly number[] = [125, 126, 127, 255];

/** A container, by its engine's `exec`. */
class ContainerPlace implements Place {
  readonly starter: Starter;
  readonly #container: string;
  readonly #login: Login;

  constructor(login: Login, { starter, container }: { starter: Starter; container: string }) {
    this.starter = starter;
    this.#container = container;
    this.#login = login;
  }

  argumentsFor(argv: readonly string[], variable?: string): string[] {
    const { user } = this.#login;
    return [
      "exec",
      ...(variable === undefined ? [] : ["--env", variable]),
      ...(user === undefined ? [] : ["--user", user]),
      this.#container,
      ...argv,
    ];
  }

  async explain(code: number): Promise<void> {
    if (!DOUBTFUL.includes(code)) return;
    const { service, user, shell } = this.#login;
    const probe = await this.starter.call(this.argumentsFor([shell ?? "sh", "-c", ":"]));
    if (probe.code === 0) return; // then it was the cell's own status
    const said = probe.stdout + probe.stderr; // docker says it where the program would
    if (/unable to find user|no matching entries/i.test(said)) {
      throw new UsageError(`There is no user "${user}" in the service "${service}".`);
    }
    if (/executable file not found|no such file or directory/i.test(said)) {
      throw new UsageError(
        shell === undefined
          ? `The service "${service}" has no shell to run the cell: neither bash nor sh.`
          : `The service "${service}" has no "${shell}". Name another shell by -s.`,
      );
    }
    throw failure(this.starter.program, said);
  }
}

/** ssh's own status for troubles of its own: ssh(1), "EXIT STATUS". */
const SSH_FAILED = 255;

/** The most bytes of a command: it is one argument to ssh and to the login shell (execve(2)). */
const MAX_COMMAND_BYTES = 128 * 1024 - 1;

/**
 * Nobody is there to be asked for a password, and the key of a computer met for the first time is
 * kept, as iot49's kernel does (`iot_kernel/magics/ssh.py`, `AutoAddPolicy`): it is this one.
 */
const SSH_OPTIONS = [
  "BatchMode=yes",
  "StrictHostKeyChecking=accept-new",
  "ConnectTimeout=15",
  "LogLevel=ERROR", // else it says that it kept the key
];

/** The computer that has the containers, by ssh: `iot` may run in one of them itself. */
class HostPlace implements Place {
  readonly starter: Starter;
  readonly #destination: string;
  readonly #login: Login;

  constructor(login: Login, environment: Environment) {
    this.starter = new Starter("ssh", environment.variables);
    this.#destination = environment.containerHost();
    this.#login = login;
  }

  argumentsFor(argv: readonly string[], variable?: string): string[] {
    const { user } = this.#login;
    const command = [...(variable === undefined ? [] : ["env", variable]), ...argv]
      .map(quoted).join(" ");
    if (new TextEncoder().encode(command).length > MAX_COMMAND_BYTES) {
      throw new UsageError("The cell is too long for ssh, which takes 128 KB. Copy a file there.");
    }
    return [
      "-T",
      ...SSH_OPTIONS.flatMap((option) => ["-o", option]),
      ...(user === undefined ? [] : ["-l", user]),
      "--",
      this.#destination,
      command,
    ];
  }

  async explain(code: number): Promise<void> {
    if (code !== SSH_FAILED) return;
    const probe = await this.starter.call(this.argumentsFor([":"]));
    if (probe.code === 0) return; // then it was the cell's own status
    throw new IotError(
      `Cannot reach the computer that has the containers: ssh ${this.#destination} failed. ` +
        `IOT_HOST says where it is. ssh said: ${probe.stderr.trim()}`,
      1,
    );
  }
}

/** As one word of a POSIX shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
