/**
 * What a command is. One value describes it once; the notebook calls it `%rsync -u`, the shell
 * `iot rsync -u`, and help, completion, `%lsmagic` and `iot --help` are derived from the list.
 */

import type { ArgumentParser } from "argparse-types";
import type { Environment } from "@/config/environment.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import type { Devices } from "@/discovery/devices.ts";

/** Where a command can be called. */
export type Surface = "notebook" | "shell";

/** What a command is given to work with. */
export interface Context {
  /** Where its output goes. */
  readonly sink: Sink;
  /** Aborts when the user interrupts; commands pass it on to everything that waits. */
  readonly signal: AbortSignal;
  /** Who calls. */
  readonly surface: Surface;
  /** The boards: the connected one, the ones found, and how to reach others. */
  readonly devices: Devices;
  /** `IOT*` settings and the process environment. */
  readonly environment: Environment;
  /** All commands there are. */
  readonly commands: readonly Command[];
}

/** One command of the product. */
// deno-lint-ignore no-explicit-any -- a list holds commands of all argument shapes
export interface Command<Args = any> {
  /** As typed, without `%`: `rsync`. */
  readonly name: string;
  /** One line for lists of commands. */
  readonly summary: string;
  /** The heading that it is listed under in `iot --help`. */
  readonly group: "devices" | "run" | "reset" | "notebook" | "shell";
  /** Where it can be called. */
  readonly surfaces: readonly Surface[];
  /** Whether the shell's `-d/--device` applies. */
  readonly takesDevice?: true;
  /**
   * `"own"` for a command that handles SIGINT and SIGTERM itself, as a kernel does. For all others
   * they abort {@linkcode Context.signal}.
   */
  readonly signals?: "own";
  /** Declares its arguments. A command without this takes none. */
  arguments?(parser: ArgumentParser, surface: Surface): void;
  /**
   * Does the work.
   *
   * @throws {IotError} for everything that a user can cause or meet.
   */
  run(context: Context, args: Args): Promise<Outcome | void>;
}

/** Checks a command's argument shape where it is defined. */
export function defineCommand<Args>(command: Command<Args>): Command<Args> {
  return command;
}
