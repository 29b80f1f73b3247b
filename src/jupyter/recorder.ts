/** Turns what a kernel publishes into the outputs that a notebook stores. */

import type { Json, JupyterMessage } from "@/wire/jupyter_message.ts";
import type { Output } from "./notebook.ts";

/** Takes one published message into a cell's outputs. */
type Recording = (content: Json, cell: CellOutputs) => void;

/** The outputs of one cell while it runs. */
interface CellOutputs {
  readonly outputs: Output[];
  /** `clear_output` with `wait`: the next output replaces what is there. */
  clearNext: boolean;
}

/** Records the outputs of a notebook's cells, one cell after the other. */
export class OutputRecorder {
  #cell: CellOutputs = { outputs: [], clearNext: false };
  /** All outputs by the display id that they can be updated by, across cells. */
  readonly #displays = new Map<string | undefined, Output[]>();

  readonly #recordings: Readonly<Record<string, Recording>> = {
    stream: ({ name, text }, cell) => {
      const last = this.#makeRoom(cell).at(-1);
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
    this.#cell = { outputs: [], clearNext: false };
    return this.#cell.outputs;
  }

  /** Records a message of the cell that was begun last; types that leave no output are ignored. */
  record({ header, content }: JupyterMessage): void {
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
  #clear({ outputs }: CellOutputs): void {
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

/** The id that a display is updated by. */
export function displayId({ transient }: Json): string | undefined {
  const id = (transient as { display_id?: unknown } | undefined)?.display_id;
  return typeof id === "string" ? id : undefined;
}
