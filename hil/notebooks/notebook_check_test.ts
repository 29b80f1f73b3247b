/** Notebooks as tests, on a simulated board. */

import assert from "node:assert/strict";
import { OK } from "@/base/outcome.ts";
import type { CellResult, CheckContext } from "../checks/check.ts";
import { runOn } from "../checks/mutants_testing.ts";
import type { CheckResult } from "../run/result.ts";
import { codeCell, notebookText, temporaryFolder } from "./notebook_testing.ts";
import { readNotebooks } from "./read_notebooks.ts";

/** Runs a notebook of these cells, with files beside it. */
async function run(
  cells: readonly unknown[],
  { files = {}, metadata = {} }: {
    readonly files?: Readonly<Record<string, string>>;
    readonly metadata?: unknown;
  } = {},
): Promise<CheckResult> {
  await using folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  const path = await folder.write("test me.ipynb", notebookText(cells, metadata));
  const { checks, infrastructure } = await runOn({}, await readNotebooks([path]));
  assert.equal(infrastructure, undefined);
  return checks[0];
}

Deno.test("a notebook passes when its cells do as is stored", async () => {
  const error = { output_type: "error", ename: "ValueError", evalue: "no", traceback: [] };
  const result = {
    output_type: "execute_result",
    data: { "text/plain": ["42"] },
    metadata: {},
    execution_count: 4,
  };
  const { verdict, message } = await run([
    { cell_type: "markdown", metadata: {}, source: "# A test" },
    codeCell("print('one')\nprint('two')", { stdout: "one\ntwo\n" }),
    codeCell("6 * 7", { outputs: [result] }),
    codeCell("raise ValueError('no')", { tags: ["raises-exception"], outputs: [error] }),
    codeCell("raise OSError(1)", { tags: ["nbval-raises-exception", "nbval-ignore-output"] }),
    codeCell("import time\nprint(time.ticks_us())", { tags: ["nbval-ignore-output"] }),
    codeCell("print('took', 3, 'ms')", { tags: ["iot-match"], stdout: "took … ms\n" }),
    codeCell("class A: pass\nprint(A())", { stdout: "<A object at 3ffb0010>\n" }),
    codeCell("1 / 0", { tags: ["nbval-skip"] }),
    codeCell("1 / 0", { tags: ["skip-execution"] }),
    codeCell("print('not stored, so not compared')", { run: false }),
  ]);
  assert.equal(message, undefined);
  assert.equal(verdict, "pass");
});

Deno.test("a notebook works in its own folder", async () => {
  const { verdict, message } = await run([
    codeCell("%cp helper.py :"),
    codeCell("import helper\nprint(helper.ANSWER)", { stdout: "42\n" }),
    codeCell("%rm helper.py"),
  ], { files: { "helper.py": "ANSWER = 42\n" } });
  assert.equal(message, undefined);
  assert.equal(verdict, "pass");
});

Deno.test("a notebook that puts out something else fails with a diff, and goes on", async () => {
  const { verdict, message, attempts } = await run([
    codeCell("\nprint('a')\nprint('b')", { stdout: "a\nc\n" }),
    codeCell("x = 5", { stdout: "5\n" }),
  ]);
  assert.equal(verdict, "fail");
  assert.equal(
    message,
    [
      "Cell [1] put out something else: print('a')",
      ...["--- stored", "+++ this run", "@@ -1,3 +1,3 @@", " [stdout]", " a", "-c", "+b", ""],
      "Cell [2] put out something else: x = 5",
      ...["--- stored", "+++ this run", "@@ -1,2 +0,0 @@", "-[stdout]", "-5"],
    ].join("\n"),
  );
  assert.equal(attempts.length, 2);
});

Deno.test("a notebook ends at a cell that fails, and one that should raise and does not is told", async () => {
  const { verdict, message = "" } = await run([
    codeCell("x = 1", { tags: ["raises-exception"] }),
    codeCell("print(undefined_name)"),
    codeCell("print('never')"),
  ]);
  assert.equal(verdict, "fail");
  assert.match(message, /^Cell \[1\] raised nothing, though its tag says so: x = 1$/m);
  assert.match(message, /^Cell \[2\] failed: print\(undefined_name\)\nTraceback/m);
  assert.match(message, /NameError: name 'undefined_name' isn't defined/);
  assert.match(message, /^One cell was not run\.$/m);
});

Deno.test("a notebook whose time is over names the cell that was running", async () => {
  await using folder = await temporaryFolder();
  const cells = [codeCell("x = 1"), codeCell("while True: pass"), codeCell("x")];
  const [check] = await readNotebooks([await folder.write("slow.ipynb", notebookText(cells))]);
  const stop = new AbortController();
  const sources: string[] = [];
  // A board without reset, whose second cell lasts until it is interrupted.
  const bench = {
    facts: { url: "mp://test" },
    signal: stop.signal,
    cell(source: string): Promise<CellResult> {
      if (sources.push(source) === 2) stop.abort(new Error("time is over"));
      return Promise.resolve({ outcome: OK, stdout: "", stderr: "" });
    },
  } as Partial<CheckContext> as CheckContext;
  await assert.rejects(check.run(bench), { message: "Cell [2] was running: while True: pass" });
  assert.deepEqual(sources, ["x = 1", "while True: pass"]);
});

Deno.test("each notebook begins with a board that has forgotten the one before", async () => {
  await using folder = await temporaryFolder();
  const first = await folder.write("first.ipynb", notebookText([codeCell("left = 1")]));
  const second = await folder.write(
    "second.ipynb",
    notebookText([codeCell("print('left' in globals())", { stdout: "False\n" })]),
  );
  const { checks } = await runOn({}, await readNotebooks([first, second]));
  assert.deepEqual(checks.map(({ verdict, message }) => [verdict, message]), [
    ["pass", undefined],
    ["pass", undefined],
  ]);
});
