/** Ctrl-R: looking for a line that was entered before. What keys mean, and what is shown. Pure. */

const CTRL_C = 0x03;
const CTRL_G = 0x07;
const TAB = 0x09;
const ENTER = [0x0a, 0x0d];
const CTRL_R = 0x12;
const CTRL_S = 0x13;
const CTRL_U = 0x15;
const ESC = 0x1b;
const ERASE = [0x08, 0x7f];

/** How a search ended: `line` is what was found, and `runs` whether it is entered at once. */
export interface SearchEnd {
  readonly line?: string;
  readonly runs: boolean;
  /** Keys behind the one that ended it. */
  readonly rest: Uint8Array;
}

/** A search that goes on. */
export class HistorySearch {
  readonly #lines: readonly string[];
  #query = "";
  /** Which match is shown, 0 being the newest. */
  #index = 0;
  #escape = "";
  readonly #decoder = new TextDecoder();

  /** @param lines oldest first */
  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** Takes keys; returns how the search ended, if it has. */
  push(keys: Uint8Array): SearchEnd | undefined {
    for (const [index, key] of keys.entries()) {
      const end = this.#take(key);
      if (end !== undefined) return { ...end, rest: keys.subarray(index + 1) };
    }
    return undefined;
  }

  #take(key: number): Omit<SearchEnd, "rest"> | undefined {
    const arrow = this.#readEscape(key);
    if (arrow === "") return undefined;
    if (key === CTRL_C || key === CTRL_G) return { runs: false };
    if (ENTER.includes(key)) return this.#found(true);
    if (key === TAB || arrow === "C" || arrow === "F") return this.#found(false);
    if (key === CTRL_R || arrow === "A") this.#go(1);
    else if (key === CTRL_S || arrow === "B") this.#go(-1);
    else if (ERASE.includes(key)) this.#look([...this.#query].slice(0, -1).join(""));
    else if (key === CTRL_U) this.#look("");
    else if (arrow === undefined && key >= 0x20) {
      this.#look(this.#query + this.#decoder.decode(Uint8Array.of(key), { stream: true }));
    }
    return undefined;
  }

  /** The letter of an arrow key; empty within its sequence, undefined outside of one. */
  #readEscape(key: number): string | undefined {
    const char = String.fromCharCode(key);
    if (key === ESC) this.#escape = char;
    else if (this.#escape === "\x1b" && /[[O]/.test(char)) this.#escape += char;
    else if (this.#escape.length > 1 && !/[@-~]/.test(char)) return "";
    else if (this.#escape !== "") {
      this.#escape = "";
      return char;
    } else return undefined;
    return "";
  }

  #found(runs: boolean): Omit<SearchEnd, "rest"> {
    const line = this.match;
    return line === undefined ? { runs: false } : { line, runs };
  }

  #look(query: string): void {
    this.#query = query;
    this.#index = 0;
  }

  #go(step: number): void {
    this.#index = Math.max(0, Math.min(this.#index + step, this.#matches().length - 1));
  }

  /** Newest first, each line once. */
  #matches(): string[] {
    const matches = this.#lines.filter((line) => line.includes(this.#query)).toReversed();
    return [...new Set(matches)];
  }

  /** The line that is shown. */
  get match(): string | undefined {
    return this.#matches()[this.#index];
  }

  /** What to show, in one row of a terminal. */
  row({ columns }: { readonly columns: number }): string {
    const { match } = this;
    const row = match === undefined
      ? `(nothing like '${this.#query}')`
      : `(history '${this.#query}') ${match}`;
    return [...row].slice(0, Math.max(1, columns - 1)).join("");
  }
}
