/** Notebooks run through a kernel in a process of its own, with the fake interpreter. */

import assert from "node:assert/strict";

import { Interrupted, UsageError } from "@/base/errors.ts";
import { MemorySink } from "@/base/sink.ts";

import { executeNotebook, type ExecuteNotebookOptions } from "./execute.ts";
import { KernelDied } from "@/wire/kernel_process.ts";
import { isCode, parseNotebook } from "./notebook.ts";
import { TEST_LAUNCHER } from "./testing.ts";

type Source = string | { readonly source: string; readonly tags: readonly string[] };

/** Runs a notebook of code cells; the outcome, what was printed, and the notebook written. */
async function execute(sources: Source[], options: Partial<ExecuteNotebookOptions> = {}) {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/in.ipynb`;
    const output = `${directory}/out.ipynb`;
    const cells = sources.map((one) => ({
      cell_type: "code",
      execution_count: 77,
      metadata: typeof one === "string" ? {} : { tags: one.tags },
      outputs: [{ output_type: "stream", name: "stdout", text: "from another day" }],
      source: typeof one === "string" ? one : one.source,
    }));
    const notebook = { nbformat: 4, nbformat_minor: 4, metadata: {}, cells };
    await Deno.writeTextFile(path, JSON.stringify(notebook));
    const sink = new MemorySink();
    const signal = new AbortController().signal;
    const result = executeNotebook(path, {
      launcher: TEST_LAUNCHER,
      sink,
      signal,
      output,
      ...options,
    });
    const outcome = await result.catch((error: unknown) => ({ thrown: error }));
    const written = await Deno.readTextFile(output).catch(() => undefined);
    const result_ = written === undefined ? undefined : parseNotebook(written, output);
    return { outcome, sink, cells: result_?.cells.filter(isCode) ?? [], notebook: result_ };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const stdout = (text: string) => ({
  output_type: "stream",
  name: "stdout",
  text: text.split(/(?<=\n)/),
});

Deno.test("executeNotebook() runs the cells, and writes outputs and counts", async () => {
  const { outcome, sink, cells, notebook } = await execute(["print a\nprint b", "", "print c"]);
  assert.deepEqual(outcome, { status: "ok" });
  assert.deepEqual(cells.map((cell) => cell.execution_count), [1, 77, 2]);
  assert.deepEqual(cells[0].outputs, [stdout("a\nb\n")]);
  assert.deepEqual(cells[2].outputs, [stdout("c\n")]);
  assert.equal((notebook!.metadata.language_info as { name: string }).name, "python");
  assert.deepEqual([sink.stdout, sink.stderr], ["", ""]);
});

Deno.test("executeNotebook() stops at a cell that fails, and keeps what came of it", async () => {
  const { outcome, cells } = await execute(["print a", "raise NameError", "print b"]);
  assert.deepEqual(outcome, {
    status: "error",
    origin: "code",
    ename: "NameError",
    evalue: "for a test",
    traceback: ["In cell [2]:", "Traceback (most recent call last):", "NameError: for a test"],
    exitCode: 1,
  });
  assert.equal(cells[1].outputs[0].output_type, "error");
  assert.equal(cells[1].execution_count, 2);
  assert.equal(cells[2].execution_count, 77);
});

Deno.test("a cell tagged raises-exception may fail", async () => {
  const tagged = { source: "raise NameError", tags: ["raises-exception"] };
  const { outcome, cells } = await execute([tagged, "print a"]);
  assert.deepEqual(outcome, { status: "ok" });
  assert.deepEqual(cells[1].outputs, [stdout("a\n")]);
});

Deno.test("with allowErrors every cell may fail", async () => {
  const { outcome, cells } = await execute(["raise NameError", "print a"], { allowErrors: true });
  assert.deepEqual(outcome, { status: "ok" });
  assert.deepEqual(cells[1].outputs, [stdout("a\n")]);
});

Deno.test("with print, cells and outputs are shown, and a traceback only once", async () => {
  const { outcome, sink } = await execute(["print a", "raise NameError"], { print: true });
  assert.equal(
    sink.stdout,
    "In [1]: print a\na\n\nIn [2]: raise NameError\n" +
      "Traceback (most recent call last):\nNameError: for a test\n",
  );
  assert.ok("traceback" in outcome);
  assert.deepEqual(outcome.traceback, ["Cell [2] failed: NameError: for a test"]);
});

Deno.test("a cell that takes too long is interrupted", async () => {
  const { outcome, cells } = await execute(["hang", "print a"], { cellMs: 200 });
  assert.ok("thrown" in outcome && outcome.thrown instanceof Error);
  assert.equal(outcome.thrown.message, "Cell [1] took longer than 0.2 s.");
  assert.equal(cells[0].outputs[0].ename, "KeyboardInterrupt");
  assert.equal(cells[1].execution_count, 77);
});

Deno.test("an interrupt ends the cell that runs and the notebook", async () => {
  const controller = new AbortController();
  const sink = new MemorySink();
  sink.write = (_stream, text) => {
    if (text === "go\n") controller.abort(new Interrupted());
    return Promise.resolve();
  };
  const { outcome, cells } = await execute(
    [{ source: "print go\nhang", tags: ["raises-exception"] }, "print a"],
    { print: true, sink, signal: controller.signal },
  );
  assert.ok("exitCode" in outcome && outcome.exitCode === 130);
  assert.equal(cells[0].outputs[1].ename, "KeyboardInterrupt");
  assert.equal(cells[1].execution_count, 77);
});

Deno.test("what was run is written when nobody reads what is printed", async () => {
  const sink = new MemorySink();
  sink.write = (_stream, text) =>
    text === "b\n" ? Promise.reject(new Interrupted("the reader went away")) : Promise.resolve();
  const { outcome, cells } = await execute(["print a", "print b", "print c"], {
    print: true,
    sink,
  });
  assert.ok("thrown" in outcome && outcome.thrown instanceof Interrupted);
  assert.match(outcome.thrown.message, /went away/);
  assert.deepEqual(cells.map(({ outputs }) => outputs[0].text), [
    ["a\n"],
    ["b\n"],
    ["from another day"],
  ]);
});

Deno.test("an interrupt ends a notebook whose reader has stopped reading, and writes it", async () => {
  const controller = new AbortController();
  const sink = new MemorySink();
  sink.write = (_stream, text) => {
    if (text !== "b\n") return Promise.resolve();
    controller.abort(new Interrupted());
    return new Promise(() => {});
  };
  const { outcome, cells } = await execute(["print a", "print b\nhang", "print c"], {
    print: true,
    sink,
    signal: controller.signal,
  });
  assert.ok("thrown" in outcome && outcome.thrown instanceof Interrupted);
  assert.deepEqual(cells[1].outputs[0].text, ["b\n"]);
  assert.equal(cells[2].execution_count, 77);
});

Deno.test("executeNotebook() ends as the failure of its cell would, not as any exception", async () => {
  const { outcome } = await execute(["lose the board is gone"]);
  assert.ok("exitCode" in outcome);
  assert.deepEqual([outcome.exitCode, outcome.evalue], [3, "the board is gone"]);
});

Deno.test("a kernel that dies is named, with the cell", async () => {
  const { outcome } = await execute(["exit 5"]);
  assert.ok("thrown" in outcome && outcome.thrown instanceof KernelDied);
  assert.match(outcome.thrown.message, /exit code 5.*cell \[1\]/);
});

Deno.test("a kernel that does not start is exit code 3, and nothing is written", async () => {
  const { outcome, notebook } = await execute(["print a"], { launcher: ["false"] });
  assert.ok("thrown" in outcome && outcome.thrown instanceof KernelDied);
  assert.equal(outcome.thrown.exitCode, 3);
  assert.equal(notebook, undefined);
});

Deno.test("a notebook that cannot be read or written is a UsageError", async () => {
  const options = {
    launcher: TEST_LAUNCHER,
    sink: new MemorySink(),
    signal: new AbortController().signal,
  };
  await assert.rejects(executeNotebook("/nowhere.ipynb", options), UsageError);
  const output = "/nowhere/out.ipynb";
  const { outcome, sink } = await execute(["print a"], { output, print: true });
  assert.ok("thrown" in outcome && outcome.thrown instanceof UsageError);
  assert.equal(sink.stdout, "", "a cell was run");
});

Deno.test("checking the output leaves a file that is there as it is", async () => {
  const output = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(output, "before");
    await execute(["print a"], { output, launcher: ["false"] });
    assert.equal(await Deno.readTextFile(output), "before");
  } finally {
    await Deno.remove(output);
  }
});

Deno.test("what was run is kept elsewhere when its place goes away meanwhile", async () => {
  const folder = await Deno.makeTempDir();
  const sink = new MemorySink();
  sink.write = async () => {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  };
  const output = `${folder}/out.ipynb`;
  const { outcome } = await execute(["print a"], { output, print: true, sink });
  assert.ok("thrown" in outcome && outcome.thrown instanceof UsageError);
  const [, kept] = /What was run is in "(.*)" instead\.$/.exec(outcome.thrown.message)!;
  try {
    const [cell] = parseNotebook(await Deno.readTextFile(kept), kept).cells.filter(isCode);
    assert.deepEqual(cell.outputs, [stdout("a\n")]);
  } finally {
    await Deno.remove(kept);
  }
});

Deno.test("executeNotebook() keeps results and displays, as they were in the end", async () => {
  const { outcome, cells } = await execute([
    "display @a one\nprint a\nclear wait\ndisplay @b two\nresult 42",
    "update @b three",
  ]);
  assert.deepEqual(outcome, { status: "ok" });
  assert.deepEqual(cells.map(({ outputs }) => outputs), [[
    { output_type: "display_data", data: { "text/plain": ["three"] }, metadata: {} },
    {
      output_type: "execute_result",
      data: { "text/plain": ["42"] },
      metadata: {},
      execution_count: 1,
    },
  ], []]);
});

Deno.test("executeNotebook() asks where it was started", async () => {
  const sink = new MemorySink();
  const asked: unknown[] = [];
  sink.input = (prompt, { password }) => {
    asked.push([prompt, password]);
    return Promise.resolve("Zoë");
  };
  const { outcome, cells } = await execute(["input name? ", "password key: "], { sink });
  assert.deepEqual(outcome, { status: "ok" });
  assert.deepEqual(asked, [["name? ", false], ["key: ", true]]);
  assert.deepEqual(cells.map(({ outputs }) => outputs), [[stdout("Zoë\n")], [stdout("Zoë\n")]]);
});

Deno.test("a cell that asks where nobody answers fails, and says so", async () => {
  const { outcome } = await execute(["input name? "]);
  assert.ok("status" in outcome && outcome.status === "error");
  assert.match(outcome.evalue, /nobody to ask/);
});

Deno.test("a cell that waits for an answer when its time is over fails", async () => {
  const sink = new MemorySink();
  let end: unknown;
  sink.input = (_prompt, { signal }) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(end = signal.reason))
    );
  const { outcome } = await execute(["input name? "], { sink, cellMs: 200 });
  assert.match(String("thrown" in outcome && outcome.thrown), /took longer than 0.2 s/);
  assert.ok(end instanceof Error, "the question is over");
});
