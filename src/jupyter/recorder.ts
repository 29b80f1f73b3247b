/** Turns what a kernel publishes into the outputs that a notebook stores. */

import type { Json } from "@/wire/jupyter_message.ts";
import type { Output } from "./notebook.ts";

/** Takes one published message into a cell's outputs. */
type Recording = (content: Json, cell: CellOutputs) => void;

/** The outputs of one cell while it runs. */
interface CellOutputs {
  readonly outputs: Output[];
  /** `clear_output` with `wait`: the next output replaces what is there. */
  clearNext: boolean;
  /** Characters of text on both streams. */
  length: number;
  /** Stands where text was left out, once it was. */
  elision?: Output;
  /** Characters that were left out. */
  elided: number;
}

/** A cell with more text than this makes a notebook that no editor opens. In UTF-16 units. */
const MAX_TEXT_LENGTH = 8_000_000;

/** What is taken of a published message. */
export interface Published {
  readonly header: { readonly msg_type: string };
  readonly content: Json;
}

/** Records the outputs of a notebook's cells, one cell after the other. */
export class OutputRecorder {
  #cell = emptyCell();
  /** All outputs by the display id that they can be updated by, across cells. */
  readonly #displays = new Map<string | undefined, Output[]>();

  readonly #recordings: Readonly<Record<string, Recording>> = {
    stream: ({ name, text }, cell) => {
      const last = this.#makeRoom(cell).at(-1);
      const { length } = String(text);
      if (cell.elided > 0 || cell.length + length > MAX_TEXT_LENGTH) return elide(cell, length);
      cell.length += length;
      if (last?.output_type === "stream" && last.name === name) last.text += String(text);
      else cell.outputs.push({ output_type: "stream", name, text: String(text) });
    },
    display_data: (content, cell) => this.#display("display_data", content, cell),
    execute_result: (content, cell) => this.#display("execute_result", content, cell),
    update_display_data: (content) => {
      const { data, metadata = {} } = content;
      for (const output of this.#displays.get(displayId(content)) ?? []) {
        Object.assign(output, { data, metadata });
      }
    },
    error: ({ ename, evalue, traceback }, cell) => {
      this.#makeRoom(cell).push({ output_type: "error", ename, evalue, traceback });
    },
    clear_output: ({ wait }, cell) => {
      cell.clearNext = wait === true;
      if (!cell.clearNext) this.#clear(cell);
    },
  };

  /** Begins a cell and returns its outputs, which grow as messages are recorded. */
  begin(): Output[] {
    this.#cell = emptyCell();
    return this.#cell.outputs;
  }

  /** Records a message of the cell that was begun last; types that leave no output are ignored. */
  record({ header, content }: Published): void {
    if (Object.hasOwn(this.#recordings, header.msg_type)) {
      this.#recordings[header.msg_type](content, this.#cell);
    }
  }

  #makeRoom(cell: CellOutputs): Output[] {
    if (cell.clearNext) this.#clear(cell);
    cell.clearNext = false;
    return cell.outputs;
  }

  /** What is gone is not updated any more: a cell that clears and draws for hours leaves nothing. */
  #clear(cell: CellOutputs): void {
    const { outputs } = cell;
    cell.length = cell.elided = 0;
    delete cell.elision;
    const gone = new Set(outputs);
    for (const [id, shown] of this.#displays) {
      const left = shown.filter((output) => !gone.has(output));
      if (left.length > 0) this.#displays.set(id, left);
      else this.#displays.delete(id);
    }
    outputs.length = 0;
  }

  #display(type: "display_data" | "execute_result", content: Json, cell: CellOutputs): void {
    const { data, metadata = {}, execution_count } = content;
    const output: Output = { output_type: type, data, metadata };
    if (type === "execute_result") output.execution_count = execution_count;
    this.#makeRoom(cell).push(output);
    const id = displayId(content);
    if (id !== undefined) this.#displays.set(id, [...this.#displays.get(id) ?? [], output]);
  }
}

function emptyCell(): CellOutputs {
  return { outputs: [], clearNext: false, length: 0, elided: 0 };
}

/** Leaves out text, and says how much. */
function elide(cell: CellOutputs, length: number): void {
  if (cell.elision === undefined) {
    cell.elision = { output_type: "stream", name: "stderr", text: "" };
    cell.outputs.push(cell.elision);
  }
  cell.elided += length;
  cell.elision.text = `\n… ${cell.elided} more characters were left out: a notebook keeps ` +
    `${MAX_TEXT_LENGTH / 1e6} million of a cell.\n`;
}

/** The id that a display is updated by. */
export function displayId({ transient }: Json): string | undefined {
  const id = (transient as { display_id?: unknown } | undefined)?.display_id;
  return typeof id === "string" ? id : undefined;
}
