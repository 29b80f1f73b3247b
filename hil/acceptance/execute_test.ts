/** `iot execute` when things go wrong: readers and boards that go away, and what is written then. */

import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { LineProcess } from "./support/lines.ts";
import { IOT, iot, temporaryDirectory } from "./support/product.ts";
import { simulate } from "./support/simulated.ts";

/** A directory with a notebook of code cells, and a place for what comes of it. */
async function notebookOf(...cells: string[]) {
  const directory = await temporaryDirectory();
  const [path, out] = [`${directory.path}/in.ipynb`, `${directory.path}/out.ipynb`];
  const notebook = {
    nbformat: 4,
    nbformat_minor: 4,
    metadata: {},
    cells: cells.map((source) => ({
      cell_type: "code",
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    })),
  };
  await Deno.writeTextFile(path, JSON.stringify(notebook));
  return {
    path,
    out,
    /** The outputs of each cell, once it has been run. */
    async outputs(): Promise<Record<string, unknown>[][]> {
      const { cells } = JSON.parse(await Deno.readTextFile(out));
      return cells.map(({ outputs }: { outputs: Record<string, unknown>[] }) => outputs);
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

Deno.test("iot execute --print -o OUT writes OUT when nobody reads what it prints", async () => {
  await using notebook = await notebookOf(
    "%connect -q sim://a\nprint('one')",
    "for i in range(100000): print('two')",
    "print('three')",
  );
  const command = `"${IOT}" execute "${notebook.path}" --print -o "${notebook.out}" | head -n 3`;
  await using shell = new LineProcess("/bin/sh", ["-c", command]);
  strictEqual(await shell.line(), "In [1]: %connect -q sim://a");
  strictEqual(await shell.line(), "   ...: print('one')");
  strictEqual(await shell.line(), "one");
  await shell.ended();
  const [first] = await notebook.outputs();
  assertEquals(first, [{ name: "stdout", output_type: "stream", text: ["one\n"] }]);
});

Deno.test("iot execute ends with 3 when a board is unplugged, and writes what came before", async () => {
  await using board = await simulate("--pty");
  const connect = `%connect -q ${board.addresses.serial}`;
  await using notebook = await notebookOf(
    `${connect}\nimport time\nprint('on')\ntime.sleep(60)`,
    "print('never')",
  );
  const args = ["execute", notebook.path, "--print", "-o", notebook.out];
  await using child = new LineProcess(IOT, args);
  while (await child.line() !== "on");
  await board[Symbol.asyncDispose]();
  strictEqual(await child.ended(), 3);
  const [[stream, error], never] = await notebook.outputs();
  assertEquals([stream.text, error.ename, never], [["on\n"], "TransportError", []]);
});

Deno.test("iot execute ends with 2 for a wrong magic, with 1 for an exception", async () => {
  for (const [cell, code] of [["%conect x", 2], ["%connect -q sim://a\n1/0", 1]] as const) {
    await using notebook = await notebookOf(cell);
    const ended = await iot(["execute", notebook.path, "-o", notebook.out]);
    strictEqual(ended.code, code, ended.stderr);
    match(ended.stderr, /In cell \[1\]:/);
    strictEqual((await notebook.outputs())[0].at(-1)!.output_type, "error");
  }
});

Deno.test("iot execute answers input() with the lines of its standard input, until it ends", async () => {
  await using notebook = await notebookOf(
    "%connect -q sim://a\nname = input('who? ')",
    "print(name + input())",
    "input('more? ')",
  );
  const args = ["execute", notebook.path, "-o", notebook.out];
  await using execute = new LineProcess(IOT, args);
  await execute.send("Zoë 😀");
  await execute.send("!");
  await execute.closeInput();
  strictEqual(await execute.ended(), 1);
  const [, second, third] = await notebook.outputs();
  assertEquals(second.map(({ text }) => text), [["Zoë 😀!\n"]]);
  match(String(third[0].evalue), /standard input has ended/);
});
