/**
 * Arguments that need no parser: as many words as were declared, and options in full. Loading and
 * running argparse costs a command 4 ms, and nearly every command line that works is such a one.
 *
 * What is read here is what argparse would read, from the same declaration. Whatever it might see
 * otherwise is left to it: help, errors, abbreviations, `--x=y`, `--`, what begins with a dash, and
 * arguments that are declared with more than a name. So this has no messages and no rules of its own.
 */

import type { ArgumentOptions, ArgumentParser } from "argparse-types";

/** An argument that takes one word as it is, or an option that is there or not. */
interface Plain {
  readonly dest: string;
  readonly isSwitch: boolean;
  readonly value: unknown;
}

/** What else a declaration may say of an argument; help and metavar change nothing of its value. */
const KNOWN = new Set(["default", "help", "metavar"]);

/** Thrown at a declaration that says more. */
class NotPlain extends Error {}

/** Stands in for the parser while arguments are declared. */
class Declaration {
  readonly positionals: Plain[] = [];
  readonly options = new Map<string, Plain>();
  readonly #dests = new Set<string>();

  add_argument(...declared: (string | ArgumentOptions)[]): void {
    const flags = declared.filter((part) => typeof part === "string");
    const options = declared.filter((part) => typeof part === "object");
    const { dest, action = "store", ...rest } = options[0] ?? {};
    const isPositional = !flags[0]?.startsWith("-");
    const isSwitch = action === "store_true";
    const argument = {
      dest: isPositional ? flags[0] : dest ?? destOf(flags),
      isSwitch,
      value: isSwitch ? false : rest.default,
    };
    const isPlain = options.length <= 1 && Object.keys(rest).every((key) => KNOWN.has(key)) &&
      (isSwitch ? !("default" in rest) : action === "store") && !this.#dests.has(argument.dest) &&
      (isPositional
        ? flags.length === 1 && dest === undefined && !isSwitch && !("default" in rest)
        : flags.every((flag) => /^--?\w/.test(flag) && !this.options.has(flag)));
    if (!isPlain) throw new NotPlain();
    this.#dests.add(argument.dest);
    if (isPositional) this.positionals.push(argument);
    else for (const flag of flags) this.options.set(flag, argument);
  }
}

/** The first long flag's name, or else the first one's. */
function destOf(flags: readonly string[]): string {
  const flag = flags.find((flag) => flag.startsWith("--")) ?? flags[0];
  return flag.replace(/^-+/, "").replaceAll("-", "_");
}

/**
 * Reads `argv` as what `declare` declares; undefined where that takes argparse.
 *
 * @returns the values by name, as argparse keeps them
 */
export function readPlainly(
  declare: (parser: ArgumentParser) => void,
  argv: readonly string[],
): Record<string, unknown> | undefined {
  const declaration = new Declaration();
  try {
    declare(declaration as unknown as ArgumentParser);
  } catch {
    // It said more than is known here, or has a defect: argparse sees which.
    return undefined;
  }
  const { positionals, options } = declaration;
  if (options.has("-h") || options.has("--help")) return undefined;
  const values: Record<string, unknown> = {};
  for (const { dest, value } of [...positionals, ...options.values()]) values[dest] = value;
  let place = 0;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index];
    const option = options.get(word);
    if (option === undefined) {
      if (word.startsWith("-") || place === positionals.length) return undefined;
      values[positionals[place++].dest] = word;
    } else if (option.isSwitch) {
      values[option.dest] = true;
    } else {
      const value = argv[++index];
      if (value === undefined || value.startsWith("-")) return undefined;
      values[option.dest] = value;
    }
  }
  return place === positionals.length ? values : undefined;
}
