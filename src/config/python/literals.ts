/**
 * The values of Python's literals, and of arithmetic with them.
 *
 * Source: The Python Language Reference, "Expressions". What would have to be run, such as a call,
 * is refused.
 */

import { PythonSyntaxError, type Token } from "./tokens.ts";
import { concatenate, OPERATIONS, type PythonValue, toNumber } from "./values.ts";

/** Each level calls itself. */
const MAX_DEPTH = 100;

/** Binary operators, loosest first. `**` is apart: it binds to the right, and before the sign. */
const LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "//", "%"],
];

/**
 * The value of an expression, the whole of `tokens`.
 *
 * @param names the values that names have
 * @throws {PythonSyntaxError} when it is no expression, or one that would have to be run.
 */
export function evaluate(
  tokens: readonly Token[],
  names: ReadonlyMap<string, PythonValue>,
): PythonValue {
  return new Evaluator(tokens, names).run();
}

const CONSTANTS: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ["None", null],
  ["True", true],
  ["False", false],
]);

class Evaluator {
  readonly #tokens: readonly Token[];
  readonly #names: ReadonlyMap<string, PythonValue>;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], names: ReadonlyMap<string, PythonValue>) {
    this.#tokens = tokens;
    this.#names = names;
  }

  run(): PythonValue {
    const value = this.#expressions();
    if (this.#at < this.#tokens.length) throw this.#refuse();
    return value;
  }

  /** One expression, or a tuple without brackets. */
  #expressions(): PythonValue {
    const first = this.#binary(0);
    if (!this.#peek(",")) return first;
    const items = [first];
    while (this.#accept(",") && this.#tokens[this.#at] !== undefined && !this.#peek(")")) {
      items.push(this.#binary(0));
    }
    return items;
  }

  #binary(level: number): PythonValue {
    if (level === LEVELS.length) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#tokens[this.#at];
      if (operator?.kind !== "operator" || !LEVELS[level].includes(operator.text)) return left;
      this.#at++;
      left = this.#apply(operator, left, this.#binary(level + 1));
    }
  }

  #unary(): PythonValue {
    const operator = this.#tokens[this.#at];
    if (operator?.kind !== "operator" || !/^[-+~]$/.test(operator.text)) return this.#power();
    this.#at++;
    const value = toNumber(this.#nested(() => this.#unary()));
    if (operator.text === "~" && typeof value === "bigint") return ~value;
    if (value === undefined || operator.text === "~") throw this.#refuse(operator);
    return operator.text === "-" ? -value : value;
  }

  #power(): PythonValue {
    const base = this.#atom();
    const operator = this.#tokens[this.#at];
    if (!this.#accept("**")) return base;
    return this.#apply(operator, base, this.#nested(() => this.#unary()));
  }

  #atom(): PythonValue {
    const token = this.#tokens[this.#at++];
    switch (token?.kind) {
      case "string":
        return this.#strings(token);
      case "number":
        return this.#number(token);
      case "name":
        return this.#name(token);
      case "operator":
        if (token.text === "(") return this.#nested(() => this.#parenthesis());
        if (token.text === "[") return this.#nested(() => this.#items("]"));
        if (token.text === "{") return this.#nested(() => this.#braces());
    }
    throw this.#refuse(token);
  }

  #parenthesis(): PythonValue {
    if (this.#accept(")")) return [];
    const value = this.#expressions();
    this.#expect(")");
    return value;
  }

  #items(end: string): PythonValue[] {
    const items: PythonValue[] = [];
    while (!this.#accept(end)) {
      items.push(this.#binary(0));
      if (!this.#peek(end)) this.#expect(",");
    }
    return items;
  }

  /** A dict; a set is taken as a list. */
  #braces(): PythonValue {
    const entries = new Map<PythonValue, PythonValue>();
    if (this.#accept("}")) return entries;
    const first = this.#binary(0);
    if (!this.#peek(":")) {
      if (!this.#peek("}")) this.#expect(",");
      return [first, ...this.#items("}")];
    }
    for (let key = first;; key = this.#binary(0)) {
      this.#expect(":");
      entries.set(key, this.#binary(0));
      if (this.#accept("}")) return entries;
      this.#expect(",");
      if (this.#accept("}")) return entries;
    }
  }

  #strings(first: Extract<Token, { kind: "string" }>): PythonValue {
    let value = first.value;
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== "string") return value;
      this.#at++;
      const joined = concatenate(value, token.value);
      if (joined === undefined) {
        throw new PythonSyntaxError("bytes and text cannot be joined", token);
      }
      value = joined;
    }
  }

  #number(token: Extract<Token, { kind: "number" }>): PythonValue {
    const next = this.#tokens[this.#at];
    const isJoined = next?.line === token.line && next.column === token.column + token.text.length;
    if (next?.kind === "name" && isJoined) throw this.#refuse(next); // 3j, 12abc
    const digits = token.text.replaceAll("_", "");
    if (/^0[xob]/i.test(digits) || /^\d+$/.test(digits)) {
      if (/^0+[1-9]/.test(digits)) throw this.#refuse(token);
      return BigInt(digits);
    }
    return Number(digits);
  }

  #name(token: Extract<Token, { text: string }>): PythonValue {
    if (this.#peek("(")) {
      throw new PythonSyntaxError(`${token.text}(…) would have to be run`, token);
    }
    const value = CONSTANTS.get(token.text) ?? this.#names.get(token.text);
    if (value !== undefined || token.text === "None") return value ?? null;
    throw new PythonSyntaxError(`the name ${token.text} is not known`, token);
  }

  #apply(operator: Token, left: PythonValue, right: PythonValue): PythonValue {
    const text = "text" in operator ? operator.text : "";
    try {
      const value = OPERATIONS[text]?.(left, right);
      if (value !== undefined) return value;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new PythonSyntaxError(error.message, operator);
    }
    throw new PythonSyntaxError(`"${text}" does not go with these values`, operator);
  }

  #nested<T>(work: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      throw new PythonSyntaxError("it is nested too deeply", this.#tokens[this.#at - 1]);
    }
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }

  #peek(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === "operator" && token.text === text;
  }

  #accept(text: string): boolean {
    const found = this.#peek(text);
    if (found) this.#at++;
    return found;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#refuse();
  }

  #refuse(token: Token | undefined = this.#tokens[this.#at]): PythonSyntaxError {
    if (token === undefined) {
      const place = this.#tokens.at(-1) ?? { line: 1, column: 1 };
      return new PythonSyntaxError("the value is not complete", place);
    }
    if (token.kind === "format") {
      return new PythonSyntaxError("an f-string would have to be run", token);
    }
    const what = "text" in token ? `"${token.text}"` : "this text";
    return new PythonSyntaxError(`${what} is no part of a value that can be read`, token);
  }
}
