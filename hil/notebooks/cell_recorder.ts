/** Keeps what cells put out as a notebook stores it: the kernel's own sink, without a wire. */

import { NobodyToAsk } from "@/base/sink.ts";
import type { Output } from "@/jupyter/notebook.ts";
import { OutputSink } from "@/jupyter/output.ts";
import { OutputRecorder } from "@/jupyter/recorder.ts";
import type { Json } from "@/wire/jupyter_message.ts";

/** A cell that puts out more is cut short: nobody stores that, and nobody reads the difference. */
const MAX_UNITS = 2 * 1024 * 1024;

/** A notebook's recorder, over all its cells: one may change what another one shows. */
export class CellRecorder {
  readonly #recorder = new OutputRecorder();

  /**
   * Begins a cell. `sink` is to be ended when the cell has; `outputs` tells what has come.
   */
  begin(): { readonly sink: OutputSink; readonly outputs: () => readonly Output[] } {
    const outputs = this.#recorder.begin();
    let units = 0;
    const publish = (msg_type: string, content: Json) => {
      const before = units;
      units += sizeOf(content);
      if (units <= MAX_UNITS) this.#recorder.record({ header: { msg_type }, content });
      else if (before <= MAX_UNITS) this.#recorder.record(TOO_MUCH);
    };
    const sink = new OutputSink({
      requestId: crypto.randomUUID(),
      publish,
      room: () => Promise.resolve(),
      ask: (prompt) =>
        Promise.reject(
          new NobodyToAsk(
            `The program wants input ("${prompt.trim()}"), and nobody watches a test.`,
          ),
        ),
    });
    return { sink, outputs: () => outputs };
  }
}

const TOO_MUCH = {
  header: { msg_type: "stream" },
  content: { name: "stderr", text: "\n[more output than is compared was left out]\n" },
};

function sizeOf(content: Json): number {
  return typeof content.text === "string" ? content.text.length : JSON.stringify(content).length;
}
