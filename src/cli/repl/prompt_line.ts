/**
 * The line that a board's own editor shows behind its prompt, read from what the board sends.
 *
 * The board edits its lines itself: completion, indentation and its own history put text there that
 * nobody typed here. What stands on the screen is what it takes when Enter is pressed, so that is
 * what we read: characters, and the few moves of the cursor that line editors make (ECMA-48). Pure.
 */

/** What boards ask for a line of Python with: MicroPython's and CircuitPython's REPL, and aiorepl. */
const PROMPTS = [">>> ", "... ", "--> "];

/** A longer row is a program's output. */
const MAX_ROW = 8_192;

/** A line that was entered behind a prompt. */
export interface Entered {
  readonly prompt: string;
  readonly text: string;
}

/** A line behind a prompt that is being edited. */
export interface Prompted extends Entered {
  /** How many characters stand to the left of the cursor, of the text. */
  readonly cursor: number;
}

type State = "text" | "escape" | "sequence" | "command" | "command escape";

/** Reads a board's output. */
export class PromptLine {
  readonly #decoder = new TextDecoder();
  #row: string[] = [];
  #cursor = 0;
  #state: State = "text";
  #parameters = "";

  /** Takes output; returns the prompted lines that ended in it. */
  push(output: Uint8Array): Entered[] {
    const ended: Entered[] = [];
    for (const char of this.#decoder.decode(output, { stream: true })) {
      if (char === "\n" && this.#state === "text") {
        const line = this.current;
        if (line !== undefined) ended.push({ prompt: line.prompt, text: line.text });
        this.#row = [];
        this.#cursor = 0;
      } else this.#take(char);
    }
    return ended;
  }

  /** What stands behind the prompt just now; undefined where the board shows none. */
  get current(): Prompted | undefined {
    const prompt = PROMPTS.find((prompt) => this.#row.slice(0, prompt.length).join("") === prompt);
    if (prompt === undefined || this.#row.length >= MAX_ROW) return undefined;
    const text = this.#row.slice(prompt.length).join("");
    return { prompt, text, cursor: Math.max(0, this.#cursor - prompt.length) };
  }

  #take(char: string): void {
    switch (this.#state) {
      case "text":
        return this.#show(char);
      case "escape":
        this.#parameters = "";
        this.#state = char === "[" ? "sequence" : char === "]" ? "command" : "text";
        return;
      case "sequence":
        if (char >= "@" && char <= "~") {
          this.#state = "text";
          this.#move(char, this.#parameters);
        } else if (this.#parameters.length < 16) this.#parameters += char;
        return;
      case "command": // ends with BEL or ESC \
        if (char === "\x07") this.#state = "text";
        else if (char === "\x1b") this.#state = "command escape";
        return;
      case "command escape":
        this.#state = "text";
    }
  }

  #show(char: string): void {
    if (char === "\x1b") this.#state = "escape";
    else if (char === "\r") this.#cursor = 0;
    else if (char === "\b") this.#cursor = Math.max(0, this.#cursor - 1);
    else if (char >= " " && this.#cursor < MAX_ROW) this.#row[this.#cursor++] = char;
  }

  #move(final: string, parameters: string): void {
    const count = Math.max(1, Number.parseInt(parameters) || 0);
    if (final === "D") this.#cursor = Math.max(0, this.#cursor - count);
    else if (final === "C") this.#cursor = Math.min(this.#row.length, this.#cursor + count);
    else if (final === "G") this.#cursor = Math.min(this.#row.length, count - 1);
    else if (final === "K") {
      if (parameters === "2") this.#row = new Array(this.#cursor).fill(" ");
      else if (parameters === "" || parameters === "0") this.#row.length = this.#cursor;
    }
  }
}
