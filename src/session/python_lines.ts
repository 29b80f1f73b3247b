/**
 * Reads Python line by line: where its statements begin, which is where a magic can stand, and what
 * they look like without strings and comments, which tells whether they are whole.
 */

const OPENING = "([{";
const CLOSING = ")]}";

/** Follows strings, brackets and continuations through the lines of a cell. */
export class PythonLines {
  /** The quotes that close the open string: `"""`, `'''`, or one quote after a backslash. */
  #string: string | undefined;
  /** The brackets that are open, outermost first. */
  #brackets: string[] = [];
  #continued = false;
  #statement = "";
  #code = "";
  #invalid = false;

  /** Whether the next line begins a statement, rather than going on with one. */
  get atStart(): boolean {
    return this.#string === undefined && this.#brackets.length === 0 && !this.#continued;
  }

  /**
   * The line read last, behind the lines that it goes on from: strings are empty, comments and
   * backslashes between lines are left out.
   */
  get statement(): string {
    return this.#statement;
  }

  /**
   * The line read last, with every character at its place: each one of a string is `"`, and comments
   * and backslashes between lines are spaces.
   */
  get code(): string {
    return this.#code;
  }

  /** How many brackets are open. */
  get depth(): number {
    return this.#brackets.length;
  }

  /** Whether a string is open that goes on in the next line. */
  get inString(): boolean {
    return this.#string !== undefined;
  }

  /** Whether something was wrong that no further line can mend: a bracket, a string's end. */
  get invalid(): boolean {
    return this.#invalid;
  }

  /**
   * Reads one line, given without its newline.
   *
   * @param options `whole` is false for the beginning of a line: a string in it may go on
   */
  read(line: string, { whole = true } = {}): void {
    if (this.atStart) this.#statement = "";
    else if (!this.#continued && this.#string === undefined) this.#statement += " ";
    this.#continued = false;
    this.#code = "";
    let at = 0;
    while (at < line.length) {
      const from = at;
      const inString = this.#string !== undefined;
      at = inString ? this.#readString(line, at) : this.#readCode(line, at);
      this.#code += inString || this.#string !== undefined
        ? '"'.repeat(Math.min(at, line.length) - from)
        : this.#continued || line[from] === "#"
        ? " ".repeat(at - from)
        : line[from];
    }
    // A string in single quotes ends with its line, however wrong that is: Python says so later.
    if (whole && this.#string?.length === 1 && !endsInBackslash(line)) {
      this.#string = undefined;
      this.#invalid = true;
    }
  }

  /** Reads code from `at` on; returns where to go on. */
  #readCode(line: string, at: number): number {
    const char = line[at];
    if (char === "#") return line.length;
    if (char === '"' || char === "'") {
      const triple = char.repeat(3);
      this.#string = line.startsWith(triple, at) ? triple : char;
      this.#statement += '""';
      return at + this.#string.length;
    }
    if (char === "\\" && at === line.length - 1) {
      this.#continued = true;
      return at + 1;
    }
    if (OPENING.includes(char)) this.#brackets.push(char);
    if (CLOSING.includes(char) && this.#brackets.pop() !== OPENING[CLOSING.indexOf(char)]) {
      this.#invalid = true;
    }
    this.#statement += char;
    return at + 1;
  }

  /** Reads the open string from `at` on; returns where to go on. */
  #readString(line: string, at: number): number {
    const quotes = this.#string!;
    if (line[at] === "\\") return at + 2; // also in raw strings: r"\"" is one string
    if (!line.startsWith(quotes, at)) return at + 1;
    this.#string = undefined;
    return at + quotes.length;
  }
}

function endsInBackslash(line: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*\\$/.test(line);
}
