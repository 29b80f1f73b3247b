/**
 * Arguments of commands, read with argparse, so that `-h` and errors look as Python's do.
 * argparse takes its time to load: it is fetched when arguments come that are not plain, or for help.
 */

import type { ArgumentParser as Parser } from "argparse-types";
import { UsageError } from "@/base/errors.ts";
import type { CellMagic, Command, Surface } from "./command.ts";
import { readPlainly } from "./plain_arguments.ts";

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
  /** Whether the shell's `-d/--device` is one of them, or its long form alone. */
  readonly takesDevice: boolean | "--device";
  /** Whether options may stand between words. */
  readonly intermixed?: boolean;
  declare?(parser: Parser): void;
}

/** A command's arguments as `surface` has them. */
export function declaredBy(command: Command, surface: Surface): Declared {
  return {
    prog: (surface === "notebook" ? "%" : "iot ") + command.name,
    summary: command.summary,
    takesDevice: surface === "shell" && (command.takesDevice ?? false),
    intermixed: command.intermixed === true,
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
  const plain = readPlainly((parser) => declareAll(declared, parser), argv);
  if (plain !== undefined) return asValues(plain);
  const { prog } = declared;
  const parser = await makeParser(declared);
  try {
    const parse = declared.intermixed ? "parse_intermixed_args" : "parse_args";
    return asValues({ ...(parser as Intermixing)[parse]([...argv]) });
  } catch (error) {
    if (error instanceof Exit) return { kind: "help", text: error.text };
    const dashed = argv.find((word) => /^-[^-]+\.\w+$/.test(word));
    if (error instanceof UsageError && dashed !== undefined && !argv.includes("--")) {
      throw new UsageError(
        `${error.message}\nA name that begins with a dash comes after two: ${prog} -- ${dashed}`,
      );
    }
    throw error;
  }
}

function asValues({ [DEVICE]: device, ...values }: Record<string, unknown>): Arguments {
  return { kind: "values", values, ...(device !== undefined && { device: device as string }) };
}

function declareAll({ takesDevice, declare }: Declared, parser: Parser): void {
  declare?.(parser);
  if (!takesDevice) return;
  const help = { dest: DEVICE, metavar: "DEVICE", help: "device to use: its name, UID or URL" };
  if (takesDevice === "--device") parser.add_argument("--device", help);
  else parser.add_argument("-d", "--device", help);
}

/** One argument as it was declared. */
export interface DeclaredArgument {
  /** `-q`, `--quiet`; none for one that stands by its place. */
  readonly flags: readonly string[];
  /** What it is kept under, e.g. `device`. */
  readonly name: string;
  /** The values that it may have, where only some. */
  readonly choices: readonly string[];
  readonly takesValue: boolean;
}

/** What argparse keeps about an argument; its types leave it out. */
interface Action {
  readonly option_strings: readonly string[];
  readonly dest: string;
  readonly choices?: readonly unknown[];
  readonly nargs?: unknown;
}

/** All arguments that were declared, in order, `-h` among them. */
export async function listArguments(declared: Declared): Promise<DeclaredArgument[]> {
  const parser = await makeParser(declared);
  const { _actions: actions } = parser as unknown as { readonly _actions: readonly Action[] };
  return actions.map(({ option_strings, dest, choices, nargs }) => ({
    flags: option_strings,
    name: dest,
    choices: Array.isArray(choices) ? choices.map(String) : [],
    takesValue: nargs !== 0,
  }));
}

/** What `-h` shows. */
export async function helpOf(declared: Declared): Promise<string> {
  return (await makeParser(declared)).format_help();
}

/** What argparse can as well; its types leave it out. */
type Intermixing = Parser & { usage: string; parse_intermixed_args: Parser["parse_args"] };

async function makeParser(declared: Declared): Promise<Parser> {
  const { prog, summary } = declared;
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
  declareAll(declared, parser);
  if (declared.intermixed) {
    // Reading intermixed words makes the usage line a format, in which % of a magic needs another.
    const line = parser.format_usage().replace(/^usage: /, "").trimEnd();
    (parser as Parser as Intermixing).usage = line.replaceAll("%", "%%");
  }
  return parser;
}
