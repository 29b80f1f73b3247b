/** Shows a notebook that runs on a terminal, or in a pipe, as a console session would look. */

import type { Sink, StreamName } from "@/base/sink.ts";
import type { Json, JupyterMessage } from "@/wire/jupyter_message.ts";
import { type Cell, isCode, sourceOf } from "./notebook.ts";
import { displayId } from "./recorder.ts";

/** ECMA-48, 5.4: control sequences, colours among them. */
// deno-lint-ignore no-control-regex -- the escape character is what is looked for
const CONTROL_SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]/g;

/** `text` for a pipe: without colours and other control sequences. */
export function withoutControls(text: string): string {
  return text.replace(CONTROL_SEQUENCE, "");
}

/**
 * Prints cells and what they put out, as it comes. What has been printed stays, so that of a display
 * that changes while its cell runs the first state is printed, and the last one when the cell ends.
 */
export class NotebookPrinter {
  readonly #sink: Sink;
  /** What became of displays since they were printed, by their ids. */
  readonly #updates = new Map<string, string>();
  #atLineStart = true;
  #isFirst = true;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Prints a cell's text; `count` is the number that its execution will have. */
  async cell(cell: Cell, count: number): Promise<void> {
    await this.flush();
    if (!this.#isFirst) await this.#print("stdout", "\n");
    this.#isFirst = false;
    const text = sourceOf(cell);
    await this.#print("stdout", isCode(cell) ? asInput(text, count) : text);
    await this.#endLine();
  }

  /** Prints what a kernel publishes for the cell that runs. */
  async output({ header, content }: JupyterMessage): Promise<void> {
    switch (header.msg_type) {
      case "stream":
        return await this.#print(content.name as StreamName, String(content.text));
      case "error":
        return await this.#block((content.traceback as string[]).join("\n"));
      case "execute_result":
        return await this.#block(
          `Out[${content.execution_count}]: ${describe(content.data as Json)}`,
        );
      case "display_data":
        return await this.#block(describe(content.data as Json));
      case "update_display_data": {
        const id = displayId(content);
        if (id !== undefined) this.#updates.set(id, describe(content.data as Json));
      }
    }
  }

  /** Prints what displays have become, and ends the last line. */
  async flush(): Promise<void> {
    for (const text of this.#updates.values()) await this.#block(text);
    this.#updates.clear();
    await this.#endLine();
    await this.#sink.flush();
  }

  async #block(text: string): Promise<void> {
    await this.#endLine();
    await this.#print("stdout", `${text}\n`);
  }

  async #print(stream: StreamName, text: string): Promise<void> {
    if (text === "") return;
    this.#atLineStart = text.endsWith("\n");
    await this.#sink.write(stream, this.#sink.colour ? text : withoutControls(text));
  }

  async #endLine(): Promise<void> {
    if (!this.#atLineStart) await this.#print("stdout", "\n");
  }
}

/** As IPython's console shows it. */
function asInput(text: string, count: number): string {
  const prompt = `In [${count}]: `;
  return prompt + text.replaceAll("\n", `\n${"...: ".padStart(prompt.length)}`);
}

/** What a terminal can show of a display: its text, else which types it has. */
function describe(data: Json): string {
  for (const type of ["text/plain", "text/markdown"]) {
    const value = data[type];
    if (typeof value === "string") return value;
    if (Array.isArray(value)) return value.join("");
  }
  return `[${Object.keys(data).join(", ") || "an empty display"}]`;
}
