/**
 * Arguments of commands, read with argparse, so that `-h` and errors look as Python's do.
 * argparse takes 30 ms to load: it is fetched when the first command is called.
 */

import type { ArgumentParser as Parser } from "argparse-types";
import { UsageError } from "@/base/errors.ts";
import type { Command, Surface } from "./command.ts";

/** What came of reading the arguments: values, or a text to show instead of running (`-h`). */
export type Arguments =
  | {
    readonly kind: "values";
    readonly values: Record<string, unknown>;
    /** What the shell's `-d` named. */
    readonly device?: string;
  }
  | { readonly kind: "help"; readonly text: string };

/** Where the parser keeps `-d`; a command's own arguments may well be called `device`. */
const DEVICE = "device option";

/** Thrown by the parser where argparse would end the process. */
class Exit extends Error {
  constructor(readonly text: string) {
    super(text);
  }
}

/**
 * Reads `argv` as the arguments of `command`.
 *
 * @throws {UsageError} with usage and reason, when they do not fit.
 */
export async function readArguments(
  command: Command,
  argv: readonly string[],
  surface: Surface,
): Promise<Arguments> {
  const parser = await makeParser(command, surface);
  try {
    const { [DEVICE]: device, ...values } = parser.parse_args([...argv]);
    return { kind: "values", values, ...(device !== undefined && { device }) };
  } catch (error) {
    if (error instanceof Exit) return { kind: "help", text: error.text };
    throw error;
  }
}

async function makeParser(command: Command, surface: Surface): Promise<Parser> {
  const prog = (surface === "notebook" ? "%" : "iot ") + command.name;
  // @ts-types="argparse-types"
  const { default: { ArgumentParser } } = await import("argparse");

  /** argparse, but it neither prints nor ends the process. */
  class QuietParser extends ArgumentParser {
    #printed = "";

    // argparse prints help through this method; its types leave it out.
    _print_message(message: string): void {
      this.#printed += message;
    }

    override exit(_status?: number, message = ""): never {
      throw new Exit(this.#printed + message);
    }

    override error(message: string): never {
      throw new UsageError(`${this.format_usage()}${prog}: error: ${message}`);
    }
  }

  const parser = new QuietParser({ prog, description: command.summary });
  command.arguments?.(parser, surface);
  if (surface === "shell" && command.takesDevice) {
    const help = { dest: DEVICE, metavar: "DEVICE", help: "device to use: its name, UID or URL" };
    parser.add_argument("-d", "--device", help);
  }
  return parser;
}
