/**
 * Arguments of commands, read with argparse, so that `-h` and errors look as Python's do.
 * argparse takes 30 ms to load: it is fetched when the first command is called.
 */

import type { ArgumentParser as Parser } from "argparse-types";
import { UsageError } from "@/base/errors.ts";
import type { CellMagic, Command, Surface } from "./command.ts";

/** What came of reading the arguments: values, or a text to show instead of running (`-h`). */
export type Arguments =
  | {
    readonly kind: "values";
    readonly values: Record<string, unknown>;
    /** What the shell's `-d` named. */
    readonly device?: string;
  }
  | { readonly kind: "help"; readonly text: string };

/** What has arguments to read: a command on a surface, or a `%%` magic. */
export interface Declared {
  /** As the usage line shows it: `%discover`, `iot discover`, `%%connect`. */
  readonly prog: string;
  readonly summary: string;
  /** Whether the shell's `-d/--device` is one of them. */
  readonly takesDevice: boolean;
  declare?(parser: Parser): void;
}

/** A command's arguments as `surface` has them. */
export function declaredBy(command: Command, surface: Surface): Declared {
  return {
    prog: (surface === "notebook" ? "%" : "iot ") + command.name,
    summary: command.summary,
    takesDevice: surface === "shell" && command.takesDevice === true,
    declare: (parser) => command.arguments?.(parser, surface),
  };
}

/** A cell magic's arguments. */
export function declaredByCell(magic: CellMagic): Declared {
  return {
    prog: `%%${magic.name}`,
    summary: magic.summary,
    takesDevice: false,
    declare: (parser) => magic.arguments?.(parser),
  };
}

/** Where the parser keeps `-d`; a command's own arguments may well be called `device`. */
const DEVICE = "device option";

/** Thrown by the parser where argparse would end the process. */
class Exit extends Error {
  constructor(readonly text: string) {
    super(text);
  }
}

/**
 * Reads `argv` as the arguments that were declared.
 *
 * @throws {UsageError} with usage and reason, when they do not fit.
 */
export async function readArguments(
  declared: Declared,
  argv: readonly string[],
): Promise<Arguments> {
  const parser = await makeParser(declared);
  try {
    const { [DEVICE]: device, ...values } = parser.parse_args([...argv]);
    return { kind: "values", values, ...(device !== undefined && { device }) };
  } catch (error) {
    if (error instanceof Exit) return { kind: "help", text: error.text };
    throw error;
  }
}

async function makeParser(
  { prog, summary, takesDevice, declare }: Declared,
): Promise<Parser> {
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

  const parser = new QuietParser({ prog, description: summary });
  declare?.(parser);
  if (takesDevice) {
    const help = { dest: DEVICE, metavar: "DEVICE", help: "device to use: its name, UID or URL" };
    parser.add_argument("-d", "--device", help);
  }
  return parser;
}
