/**
 * What a command is. One value describes it once; the notebook calls it `%rsync -u`, the shell
 * `iot rsync -u`, and help, completion, `%lsmagic` and `iot --help` are derived from the list.
 */

import type { ArgumentParser } from "argparse-types";
import type { Environment } from "@/config/environment.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import type { Boards } from "@/discovery/boards.ts";
import type { HostPython } from "@/host/host_python.ts";
import type { WorkingDirectory } from "./working_directory.ts";

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
  readonly devices: Boards;
  /** `IOT*` settings and the process environment. */
  readonly environment: Environment;
  /** The Python of this computer. */
  readonly host: HostPython;
  /** Where commands work on this computer. */
  readonly directory: WorkingDirectory;
  /** The environment of programs that it starts: with all settings, and the connected board's name. */
  programEnvironment(): Promise<Record<string, string>>;
  /** All commands there are. */
  readonly commands: readonly Command[];
  /** All `%%` magics there are. */
  readonly cellMagics: readonly CellMagic[];
  /** The end of what the last cell printed on stdout, at most a megabyte. */
  readonly lastOutput: string;
}

/** The heading that a command is listed under in `iot --help`. */
export type Group =
  | "devices"
  | "run"
  | "reset"
  | "time"
  | "files"
  | "sync"
  | "host"
  | "notebook"
  | "shell";

/** One command of the product. */
// deno-lint-ignore no-explicit-any -- a list holds commands of all argument shapes
export interface Command<Args = any> {
  /** As typed, without `%`: `rsync`. */
  readonly name: string;
  /** One line for lists of commands. */
  readonly summary: string;
  readonly group: Group;
  /** Where it can be called. */
  readonly surfaces: readonly Surface[];
  /**
   * Whether the shell's `-d/--device` applies; `"--device"` where the command has a `-d` of its own.
   */
  readonly takesDevice?: true | "--device";
  /**
   * `"own"` for a command that handles SIGINT and SIGTERM itself, as a kernel does. For all others
   * they abort {@linkcode Context.signal}.
   */
  readonly signals?: "own";
  /** Whether options may stand between its words, as in `pip install -t DIR NAME`. */
  readonly intermixed?: true;
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

/** What a `%%` magic is given besides: the cell below its line, and a way to run it. */
export interface CellContext extends Context {
  /** The lines below the magic's own. */
  readonly body: string;
  /** The number, from 1, of the first of them in the cell. */
  readonly bodyLine: number;
  /**
   * Runs `text` as the steps of a cell would run.
   *
   * @param options `sink`: where its output goes instead; `devices`: the boards that it means, its
   * Python and its magics, instead of the session's
   */
  runCell(
    text: string,
    options?: { readonly sink?: Sink; readonly devices?: Boards },
  ): Promise<Outcome>;
}

/** A magic for a whole cell, `%%name arguments`. */
// deno-lint-ignore no-explicit-any -- a list holds magics of all argument shapes
export interface CellMagic<Args = any> {
  /** As typed, without `%%`: `plot`. */
  readonly name: string;
  /** One line for lists of magics. */
  readonly summary: string;
  readonly group: Group;
  /** Declares its arguments. A magic without this takes none. */
  arguments?(parser: ArgumentParser): void;
  /**
   * Does the work.
   *
   * @throws {IotError} for everything that a user can cause or meet.
   */
  run(context: CellContext, args: Args): Promise<Outcome | void>;
}

/** Checks a magic's argument shape where it is defined. */
export function defineCellMagic<Args>(magic: CellMagic<Args>): CellMagic<Args> {
  return magic;
}
