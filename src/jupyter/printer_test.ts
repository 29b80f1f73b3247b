/** A notebook as a console session. */

import assert from "node:assert/strict";

import { MemorySink, type StreamName, TextSink } from "@/base/sink.ts";
import type { JupyterMessage } from "@/wire/jupyter_message.ts";

import type { Cell } from "./notebook.ts";
import { NotebookPrinter } from "./printer.ts";

/** A sink that keeps both streams in one, as a terminal shows them. */
class Screen extends TextSink {
  text = "";
  readonly colour: boolean;

  constructor(colour: boolean) {
    super();
    this.colour = colour;
  }

  write(_stream: StreamName, data: Uint8Array | string): Promise<void> {
    this.text += data;
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

function message(type: string, content: Record<string, unknown>): JupyterMessage {
  const header = { msg_id: "1", msg_type: type, session: "s" };
  return { header, parentHeader: {}, metadata: {}, content, buffers: [] };
}

const code = (source: string): Cell => ({ cell_type: "code", metadata: {}, source });

Deno.test("NotebookPrinter shows cells and outputs as IPython's console does", async () => {
  const screen = new Screen(false);
  const printer = new NotebookPrinter(screen);
  await printer.cell({ cell_type: "markdown", metadata: {}, source: ["# Title\n", "text"] }, 0);
  await printer.cell(code("for i in x:\n    print(i)"), 9);
  await printer.output(message("stream", { name: "stdout", text: "a\nb" }));
  await printer.output(message("error", { traceback: ["Traceback:", "\x1b[31mE\x1b[0m: v"] }));
  await printer.cell(code("x"), 10);
  await printer.output(message("status", { execution_state: "busy" }));
  await printer.output(
    message("execute_result", { execution_count: 10, data: { "text/plain": "42" } }),
  );
  await printer.output(message("display_data", { data: { "image/png": "AAAA", "text/html": "" } }));
  await printer.output(message("stream", { name: "stdout", text: "end" }));
  await printer.flush();
  assert.equal(
    screen.text,
    `# Title
text

In [9]: for i in x:
   ...:     print(i)
a
b
Traceback:
E: v

In [10]: x
Out[10]: 42
[image/png, text/html]
end
`,
  );
});

Deno.test("NotebookPrinter keeps colours where they are welcome", async () => {
  const screen = new Screen(true);
  const printer = new NotebookPrinter(screen);
  await printer.output(message("error", { traceback: ["\x1b[31mE\x1b[0m"] }));
  assert.equal(screen.text, "\x1b[31mE\x1b[0m\n");
});

Deno.test("NotebookPrinter keeps errors in their place, and warnings apart", async () => {
  const sink = new MemorySink();
  const printer = new NotebookPrinter(sink);
  await printer.cell(code("x"), 1);
  await printer.output(message("stream", { name: "stderr", text: "warning\n" }));
  await printer.output(message("error", { traceback: ["E"] }));
  assert.deepEqual([sink.stdout, sink.stderr], ["In [1]: x\nE\n", "warning\n"]);
});

Deno.test("NotebookPrinter shows what displays became when their cell ends", async () => {
  const screen = new Screen(false);
  const printer = new NotebookPrinter(screen);
  const show = (type: string, text: string, display_id: string) =>
    printer.output(message(type, { data: { "text/plain": text }, transient: { display_id } }));
  await printer.cell(code("plot"), 1);
  await show("display_data", "0 %", "a");
  await printer.output(message("stream", { name: "stdout", text: "working" }));
  for (const percent of [1, 50, 100]) await show("update_display_data", `${percent} %`, "a");
  await printer.output(message("update_display_data", { data: { "text/plain": "whose?" } }));
  await printer.cell(code("pass"), 2);
  await printer.flush();
  assert.equal(screen.text, "In [1]: plot\n0 %\nworking\n100 %\n\nIn [2]: pass\n");
});
