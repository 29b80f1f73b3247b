/** `secrets.py`: passwords and the like, for boards and for us. It is read, never executed. */

import type { Environment } from "./environment.ts";
import { ConfigError, type Problem } from "./problem.ts";
import { evaluate } from "./python/literals.ts";
import { PythonSyntaxError, type Token, tokenize } from "./python/tokens.ts";
import type { PythonValue } from "./python/values.ts";

/** The values in a `secrets.py`. */
export class Secrets {
  /** Where they were read. */
  readonly file: string;
  /** What cannot be read of it. The rest can. */
  readonly problems: readonly Problem[];
  readonly #values: ReadonlyMap<string, PythonValue>;
  readonly #unreadable: ReadonlyMap<string, Problem>;
  readonly #texts: ReadonlySet<string>;

  private constructor(file: string, reading: Reading) {
    this.file = file;
    this.problems = reading.problems;
    this.#values = reading.values;
    this.#unreadable = reading.unreadable;
    this.#texts = reading.texts;
  }

  /** Reads the text of `file`. Never throws: what is wrong with it is in `problems`. */
  static parse(source: string, file: string): Secrets {
    return new Secrets(file, new Reading(source, file));
  }

  /** The names that have a value. */
  names(): string[] {
    return [...this.#values.keys()];
  }

  /**
   * The value of `name`; undefined where it is not set.
   *
   * @throws {ConfigError} when it is set to something that would have to be run.
   */
  get(name: string): PythonValue | undefined {
    const problem = this.#unreadable.get(name);
    if (problem !== undefined) throw new ConfigError([problem]);
    return this.#values.get(name);
  }

  /**
   * The value of `name`, which must be a text.
   *
   * @throws {ConfigError} when it is something else. The value is not in the message.
   */
  getString(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.#unfit(`${name} must be a text in quotes`, `${name} = "…"`);
  }

  /**
   * The value of `name`, which must be a whole number from `least` to `most`.
   *
   * @throws {ConfigError} when it is something else. The value is not in the message.
   */
  getInteger(
    name: string,
    { least, most }: { readonly least: number; readonly most: number },
  ): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value === "bigint" && value >= least && value <= most) return Number(value);
    throw this.#unfit(
      `${name} must be a whole number from ${least} to ${most}`,
      `${name} = ${most}`,
    );
  }

  #unfit(message: string, example: string): ConfigError {
    const hint = `Write it as in ${example}.`;
    return new ConfigError([{ file: this.file, line: 0, column: 0, message, hint }]);
  }

  /**
   * All texts in it, whichever names they have, also those that cannot be read for certain: what
   * must not be shown.
   */
  texts(): ReadonlySet<string> {
    return this.#texts;
  }
}

/**
 * The secrets of `$IOT_SECRETS`; none where there is no such file. Synchronous, so that a log line
 * can be cleaned of them on its way.
 *
 * @throws {ConfigError} when the file is there and cannot be read.
 * @throws {UsageError} when `IOT_SECRETS` cannot be expanded.
 */
export function readSecrets(environment: Environment): Secrets {
  const [file = ""] = environment.paths("IOT_SECRETS");
  try {
    return Secrets.parse(Deno.readTextFileSync(file), file);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return Secrets.parse("", file);
    const message = `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new ConfigError([{ file, line: 0, column: 0, message }], { cause });
  }
}

/** Names that begin statements of Python: what they assign is set only when they run. */
const KEYWORDS = new Set(
  ("if elif else for while try except finally with def class async return import from global " +
    "nonlocal del assert raise pass print match").split(" "),
);

/** One pass over a file. */
class Reading {
  readonly problems: Problem[] = [];
  readonly values = new Map<string, PythonValue>();
  readonly unreadable = new Map<string, Problem>();
  readonly texts = new Set<string>();
  readonly #file: string;

  constructor(source: string, file: string) {
    this.#file = file;
    try {
      for (const statement of statements(tokenize(source))) this.#read(statement);
    } catch (error) {
      if (!(error instanceof PythonSyntaxError)) throw error;
      this.problems.push(this.#problem(error));
      // Nobody can tell what is a value here: whatever stands in quotes is kept quiet.
      for (const [, , text] of source.matchAll(/(["'])(.*?)\1/g)) this.texts.add(text);
    }
  }

  #read(statement: readonly Token[]): void {
    const assignment = readAssignment(statement);
    if (assignment === undefined) return this.#skip(statement);
    const { names, value } = assignment;
    for (const name of names) {
      this.values.delete(name);
      this.unreadable.delete(name);
    }
    try {
      const result = evaluate(value, this.values);
      for (const name of names) this.values.set(name, result);
      this.#hide(result);
    } catch (error) {
      if (!(error instanceof PythonSyntaxError)) throw error;
      const problem = this.#problem(error, `${names.join(", ")} cannot be read: ${error.message}`);
      for (const name of names) this.unreadable.set(name, problem);
      this.problems.push(problem);
      this.#hideTokens(value);
    }
  }

  /** A statement that is no plain assignment: nobody runs it, but what it holds stays hidden. */
  #skip(statement: readonly Token[]): void {
    if (statement.every(({ kind }) => kind === "string")) return; // a text that explains
    this.#hideTokens(statement);
    statement.forEach((token, at) => {
      const next = statement[at + 1];
      if (token.kind !== "name" || next?.kind !== "operator" || next.text !== "=") return;
      const problem = this.#problem(
        token,
        `${token.text} cannot be read: it is set inside of another statement`,
      );
      this.values.delete(token.text);
      this.unreadable.set(token.text, problem);
      this.problems.push(problem);
    });
  }

  #problem({ line, column, message }: Place, text = message ?? ""): Problem {
    const hint = 'secrets.py is not run here: write values themselves, as in name = "…".';
    return { file: this.#file, line, column, message: text, hint };
  }

  #hideTokens(tokens: readonly Token[]): void {
    for (const token of tokens) {
      if (token.kind === "string") this.#hide(token.value);
      // The parts of an f-string that stand in it as they are.
      if (token.kind === "format") {
        token.text.split(/\{[^}]*\}/).forEach((text) => this.#hide(text));
      }
    }
  }

  /** A dict's keys are names, its values are secrets. */
  #hide(value: PythonValue): void {
    if (typeof value === "string") this.texts.add(value);
    else if (value instanceof Uint8Array) this.texts.add(new TextDecoder("latin1").decode(value));
    else if (value instanceof Map) { for (const item of value.values()) this.#hide(item); }
    else if (Array.isArray(value)) { for (const item of value) this.#hide(item); }
  }
}

interface Place {
  readonly line: number;
  readonly column: number;
  readonly message?: string;
}

/** Tokens in groups: a statement each. */
function* statements(tokens: readonly Token[]): Generator<readonly Token[]> {
  let statement: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    const text = token.kind === "operator" ? token.text : "";
    if (/^[([{]$/.test(text)) depth++;
    if (/^[)\]}]$/.test(text)) depth--;
    if (token.kind !== "newline" && !(text === ";" && depth === 0)) {
      statement.push(token);
      continue;
    }
    if (statement.length > 0) yield statement;
    statement = [];
  }
}

/** `a = b = VALUE` and `a: str = VALUE`; undefined for every other statement. */
function readAssignment(
  statement: readonly Token[],
): { names: string[]; value: readonly Token[] } | undefined {
  const names: string[] = [];
  let at = 0;
  for (;;) {
    const name = statement[at];
    if (name?.kind !== "name" || KEYWORDS.has(name.text)) break;
    let equals = at + 1;
    const isAnnotated = names.length === 0 && isOperator(statement[equals], ":");
    if (isAnnotated) equals = statement.findIndex((token) => isOperator(token, "="));
    if (!isOperator(statement[equals], "=")) break;
    names.push(name.text);
    at = equals + 1;
    if (isAnnotated) break;
  }
  return names.length === 0 ? undefined : { names, value: statement.slice(at) };
}

function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === "operator" && token.text === text;
}
