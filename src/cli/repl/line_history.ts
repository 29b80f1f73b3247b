/** The lines that were entered at boards' prompts, kept from one `iot repl` to the next. */

import { writeAtomically } from "@/base/atomic_file.ts";
import { makePrivateDirectory, place, type Variables } from "@/config/places.ts";

/** How many lines are kept: those entered last. */
const MAX_LINES = 1_000;
/** The file may grow to so many before it is cut, so that most lines cost an append only. */
const MAX_LINES_IN_FILE = 2 * MAX_LINES;
/** A longer line was pasted, and would take a board long to be typed. */
const MAX_LENGTH = 1_000;

/** Lines, oldest first. */
export class LineHistory {
  readonly #path: string | undefined;
  #lines: string[];

  private constructor(path: string | undefined, lines: string[]) {
    this.#path = path;
    this.#lines = lines;
  }

  /**
   * Reads what was kept. Where files cannot be kept, for want of a home say, it begins empty and ends
   * with the program: no reason not to talk to a board.
   */
  static async open(variables: Variables): Promise<LineHistory> {
    try {
      const directory = place("data", variables);
      await makePrivateDirectory(directory);
      const path = `${directory}/repl_history`;
      const text = await Deno.readTextFile(path).catch((error) => {
        if (error instanceof Deno.errors.NotFound) return "";
        throw error;
      });
      const all = text.split("\n").filter((line) => line !== "");
      const lines = all.slice(-MAX_LINES);
      if (all.length > MAX_LINES_IN_FILE) {
        await writeAtomically(path, `${lines.join("\n")}\n`, { mode: 0o600 });
      }
      return new LineHistory(path, lines);
    } catch {
      return new LineHistory(undefined, []);
    }
  }

  /** The lines, oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Keeps a line, unless it is the one before again. */
  async add(line: string): Promise<void> {
    if (line.length > MAX_LENGTH || line === this.#lines.at(-1)) return;
    this.#lines = [...this.#lines.slice(1 - MAX_LINES), line];
    if (this.#path === undefined) return;
    // A full disk keeps fewer lines.
    await Deno.writeTextFile(this.#path, `${line}\n`, { append: true, mode: 0o600 })
      .catch(() => {});
  }
}
