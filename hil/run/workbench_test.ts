/** What a check has in front of it: this board, nothing of the user's, and all of it closed after. */

import assert from "node:assert/strict";
import { readFacts } from "./facts.ts";
import { optionsFor, TestBoard } from "./run_testing.ts";
import { Transcript } from "./transcript.ts";
import { Workbench } from "./workbench.ts";

/** A workbench at a board, with a user's environment. */
async function opened(variables: Readonly<Record<string, string>> = {}) {
  await using stack = new AsyncDisposableStack();
  const board = stack.use(await TestBoard.start());
  const options = optionsFor([board], { variables });
  const facts = await readFacts(board, options);
  const transcript = new Transcript(options);
  const parts = { ...options, mount: board, facts, transcript, seed: 1 };
  const bench = stack.use(await Workbench.open(parts));
  const all = stack.move();
  return { bench, transcript, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

Deno.test("Workbench hands nothing of the user's to cells but what programs need", async () => {
  await using test = await opened({
    HOME: "/home/somebody",
    IOT: "/home/somebody/iot",
    IOT_DEVICES: "/home/somebody/devices",
    IOT_LIBS: "/home/somebody/libs",
    IOT_PORTS: "tcp://127.0.0.1:1",
    EDITOR: "somebody's",
  });
  const { bench } = test;
  const { outcome, stdout } = await bench.cell("%%bash\necho $IOT\necho $HOME\npwd\nenv");
  assert.equal(outcome.status, "ok", JSON.stringify(outcome));
  const folder = await Deno.realPath(bench.folder);
  const [iot, home, directory] = stdout.split("\n");
  assert.deepEqual([iot, home], [bench.folder, bench.folder]);
  assert.equal(await Deno.realPath(directory), folder);
  const given = stdout.split("\n").filter((line) => !line.startsWith("IOT_SECRETS="));
  assert.doesNotMatch(given.join("\n"), /somebody|127\.0\.0\.1:1$/m);
});

Deno.test("Workbench runs cells on its board, one after the other, and completes names", async () => {
  await using test = await opened();
  const { bench } = test;
  await bench.cell("value_of_hil = 6");
  assert.equal((await bench.cell("print(value_of_hil * 7)")).stdout, "42\n");
  assert.ok((await bench.complete("value_of_")).includes("value_of_hil"));
  const failed = await bench.cell("1 / 0");
  assert.equal(failed.outcome.status === "error" && failed.outcome.ename, "ZeroDivisionError");
});

Deno.test("Workbench starts a cell in the directory that it is given, whatever its name", async () => {
  await using test = await opened();
  const directory = `${test.bench.folder}/it's $HOME "here"`;
  await Deno.mkdir(directory);
  const { stdout } = await test.bench.cell("%%bash\npwd", { directory });
  assert.equal(await Deno.realPath(stdout.trimEnd()), await Deno.realPath(directory));
});

Deno.test("Workbench loses the connection after the bytes that a cell is given", async () => {
  await using test = await opened();
  const { bench } = test;
  const { outcome } = await bench.cell("x = 1", { cutAfterBytes: 1 });
  assert.equal(outcome.status === "error" && outcome.exitCode, 3);
  // And that cell only.
  await bench.release();
  await bench.settle();
  assert.equal((await bench.cell("print(1)")).stdout, "1\n");
});

Deno.test("Workbench records what it does, and gives nothing away when it is closed", async () => {
  const test = await opened();
  const { bench, transcript } = test;
  await bench.device();
  await test[Symbol.asyncDispose]();
  const notes = transcript.chunks().filter(({ direction }) => direction === "note");
  assert.match(notes[0].text, /^opened serial:/);
  assert.match(notes.at(-1)!.text, /^closed serial:/);
  await assert.rejects(Deno.stat(bench.folder), Deno.errors.NotFound);
  await assert.rejects(bench.device(), /the board is not its own any more/);
  await assert.rejects(bench.cell("print(1)"), /not its own/);
  await assert.rejects(bench.line(), /not its own/);
});
