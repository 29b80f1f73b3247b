/**
 * The seam where kernel, shell and HIL suite meet: text of a cell in, output to a sink, an outcome
 * out. A session holds what lives between cells: the connected board.
 */

import { IotError, UsageError } from "@/base/errors.ts";
import { failed, OK, type Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import { closest } from "@/base/text.ts";
import { readArguments } from "@/commands/arguments.ts";
import type { Command, Context, Surface } from "@/commands/command.ts";
import type { Environment } from "@/config/environment.ts";
import { Devices } from "@/discovery/devices.ts";
import type { Schemes } from "@/transport/schemes.ts";
import { parseCell, type Step } from "./cell.ts";

/** What a session is made of. */
export interface SessionOptions {
  readonly commands: readonly Command[];
  readonly schemes: Schemes;
  readonly environment: Environment;
  readonly surface: Surface;
}

/** What running may be told. */
export interface RunOptions {
  /** Interrupts what runs when it aborts. */
  readonly signal: AbortSignal;
}

/** Runs cells and commands, one at a time. */
export class Session implements AsyncDisposable {
  readonly #commands: readonly Command[];
  readonly #environment: Environment;
  readonly #surface: Surface;
  readonly #devices: Devices;

  constructor(options: SessionOptions) {
    this.#commands = options.commands;
    this.#environment = options.environment;
    this.#surface = options.surface;
    this.#devices = new Devices(options);
  }

  /**
   * Runs a cell: its steps in order, up to the first that fails. Everything that a user can cause
   * or meet is an outcome; what is thrown is a defect of ours.
   */
  run(cell: string, sink: Sink, options: RunOptions): Promise<Outcome> {
    return this.#guard(options.signal, async () => {
      for (const step of parseCell(cell)) {
        options.signal.throwIfAborted();
        const outcome = await this.#step(step, sink, options);
        if (outcome.status === "error") return outcome;
      }
      return OK;
    });
  }

  /** Runs one command with its arguments already split into words. */
  call(
    command: Command,
    argv: readonly string[],
    options: RunOptions & { readonly sink: Sink; readonly device?: string },
  ): Promise<Outcome> {
    return this.#guard(options.signal, async () => {
      if (options.device !== undefined) {
        if (!command.takesDevice) throw new UsageError(`iot ${command.name} takes no device.`);
        this.#devices.choose(options.device);
      }
      return await this.#call(command, argv, options.sink, options);
    });
  }

  async #step(step: Step, sink: Sink, options: RunOptions): Promise<Outcome> {
    switch (step.kind) {
      case "python": {
        const device = await this.#devices.current(options);
        return await device.exec(step.code, {
          onOutput: (chunk) => sink.write("stdout", chunk),
          signal: options.signal,
          firstLine: step.line,
        });
      }
      case "line":
        return await this.#call(this.#find(step.name), await words(step.rest), sink, options);
      case "cell":
        throw new UsageError(`Unknown cell magic "%%${step.name}".`);
      case "shell":
        throw new UsageError(
          `Cannot run "!${step.command}": lines for the host's shell are not supported.`,
        );
    }
  }

  async #call(
    command: Command,
    argv: readonly string[],
    sink: Sink,
    { signal }: RunOptions,
  ): Promise<Outcome> {
    const read = await readArguments(command, argv, this.#surface);
    if (read.kind === "help") {
      await sink.write("stdout", read.text);
      return OK;
    }
    if (read.device !== undefined) this.#devices.choose(read.device);
    const context: Context = {
      sink,
      signal,
      surface: this.#surface,
      devices: this.#devices,
      environment: this.#environment,
      commands: this.#commands,
    };
    return await command.run(context, read.values) ?? OK;
  }

  #find(name: string): Command {
    const magics = this.#commands.filter(({ surfaces }) => surfaces.includes("notebook"));
    const magic = magics.find((command) => command.name === name);
    if (magic) return magic;
    const near = closest(name, magics.map((command) => command.name));
    throw new UsageError(
      `Unknown magic "%${name}". ${near ? `Did you mean %${near}? ` : ""}%lsmagic lists all.`,
    );
  }

  /** Turns errors for users into outcomes, and an abort into its reason. */
  async #guard(signal: AbortSignal, work: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof IotError) return failed(error);
      if (signal.aborted && signal.reason instanceof IotError) return failed(signal.reason);
      throw error;
    }
  }

  /** Lets go of the board. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#devices[Symbol.asyncDispose]();
  }
}

/** Splits as a POSIX shell does. */
async function words(text: string): Promise<string[]> {
  if (text === "") return [];
  const { split } = await import("shlex");
  try {
    return split(text);
  } catch (cause) {
    throw new UsageError(`Cannot split "${text}" into words: a quote is not closed.`, { cause });
  }
}
