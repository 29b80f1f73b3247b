/** Tells, line by line, where Python's statements begin: enough to find magics between them. */

/** Follows strings, brackets and continuations through the lines of a cell. */
export class PythonLines {
  /** The quotes that close the open string: `"""`, `'''`, or one quote after a backslash. */
  #string: string | undefined;
  #depth = 0;
  #continued = false;

  /** Whether the next line begins a statement, rather than going on with one. */
  get atStart(): boolean {
    return this.#string === undefined && this.#depth === 0 && !this.#continued;
  }

  /** Reads one line, given without its newline. */
  read(line: string): void {
    this.#continued = false;
    let at = 0;
    while (at < line.length) {
      at = this.#string === undefined ? this.#readCode(line, at) : this.#readString(line, at);
    }
    // A string in single quotes ends with its line, however wrong that is: Python says so later.
    if (this.#string?.length === 1 && !endsInBackslash(line)) this.#string = undefined;
  }

  /** Reads code from `at` on; returns where to go on. */
  #readCode(line: string, at: number): number {
    const char = line[at];
    if (char === "#") return line.length;
    if (char === '"' || char === "'") {
      const triple = char.repeat(3);
      this.#string = line.startsWith(triple, at) ? triple : char;
      return at + this.#string.length;
    }
    if ("([{".includes(char)) this.#depth++;
    if (")]}".includes(char)) this.#depth = Math.max(0, this.#depth - 1);
    if (char === "\\" && at === line.length - 1) this.#continued = true;
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
