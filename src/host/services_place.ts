/** Where a cell's shell can run: in a container, or on another computer. */

import { UsageError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";
import { failure, openEngine, type Starter } from "./engine.ts";
import { findService, HOST_SERVICE } from "./services.ts";
import { SshPlace } from "./ssh_place.ts";

/** A place for programs. */
export interface Place {
  /** What starts them there. */
  readonly starter: Starter;
  /** Whether a program that is run with a variable first writes that as a line to standard error. */
  readonly announces: boolean;
  /**
   * The starter's arguments that run `argv` there, with `variable` (`NAME=VALUE`) in its environment.
   *
   * @throws {UsageError} when they are too long for it.
   */
  argumentsFor(argv: readonly string[], variable?: string): string[];
  /**
   * Called when a shell ended with `code`.
   *
   * @param said what came on standard error where nothing was announced; undefined where it was, or
   * where the place announces nothing
   * @throws {IotError} when it could not be started at all. It says why.
   */
  explain(code: number, said: string | undefined): Promise<void>;
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
  if (login.service === HOST_SERVICE) {
    const { environment } = options;
    return await SshPlace.open({
      destination: environment.containerHost(),
      user: login.user,
      variables: environment.variables,
      what: "the computer that has the containers",
      hint: "IOT_HOST says where it is.",
    }, options);
  }
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
  readonly announces = false;
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
