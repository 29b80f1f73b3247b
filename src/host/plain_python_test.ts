/** Plain Python as a process of its own: state, output, questions, interrupts, ends. */

import { deepStrictEqual as assertEquals, match, ok, rejects } from "node:assert/strict";
import { pause, within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import { type InputOptions, MemorySink } from "@/base/sink.ts";
import type { Outcome } from "@/base/outcome.ts";
import { HostPythonDied } from "./backend.ts";
import { PlainPython } from "./plain_python.ts";

const DEADLINE_MS = 30_000;
const { signal } = new AbortController();

/** Keeps output, and answers questions in order. */
class AnsweringSink extends MemorySink {
  readonly asked: string[] = [];
  readonly #answers: string[];
  onWrite = () => {};

  constructor(...answers: string[]) {
    super();
    this.#answers = answers;
  }

  override async write(stream: "stdout" | "stderr", data: Uint8Array | string): Promise<void> {
    await super.write(stream, data);
    this.onWrite();
  }

  override input(prompt: string, options: InputOptions): Promise<string> {
    this.asked.push(options.password ? `${prompt} (hidden)` : prompt);
    const answer = this.#answers.shift();
    return answer === undefined ? super.input(prompt, options) : Promise.resolve(answer);
  }
}

/** A Python in a directory of its own. */
async function start() {
  const path = await Deno.realPath(await Deno.makeTempDir());
  const variables = { PATH: Deno.env.get("PATH")!, HOME: path };
  const python = await inTime(PlainPython.start("python3", { path, variables, signal }));
  const run = async (code: string, sink = new AnsweringSink(), signals = signal) => ({
    ...await inTime(python.run(code, { sink, signal: signals })),
    ...{ sink, stdout: sink.stdout, stderr: sink.stderr },
  });
  return {
    ...{ python, path, run },
    async [Symbol.asyncDispose]() {
      await inTime(python[Symbol.asyncDispose]());
      await Deno.remove(path, { recursive: true });
    },
  };
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  ok(await within(DEADLINE_MS, work), "it takes too long");
  return await work;
}

function errorOf(outcome: Outcome) {
  ok(outcome.status === "error");
  return outcome;
}

Deno.test("PlainPython keeps variables, streams output and shows the last expression", async () => {
  await using desk = await start();
  assertEquals((await desk.run("import sys\nx = 6")).stdout, "");
  const { stdout, stderr, outcome } = await desk.run(
    "print('ä', end='')\nprint('err', file=sys.stderr)\nx * 7",
  );
  assertEquals([stdout, stderr, outcome.status], ["ä42\n", "err\n", "ok"]);
  assertEquals((await desk.run("None")).stdout, "");
});

Deno.test("PlainPython shows what its cells' programs print, before the cell is over", async () => {
  await using desk = await start();
  const code = "import os\nfor _ in range(50): os.system('echo out; echo err >&2')";
  const { stdout, stderr } = await desk.run(code);
  assertEquals([stdout, stderr], ["out\n".repeat(50), "err\n".repeat(50)]);
});

Deno.test("PlainPython's tracebacks show the cell's lines and no frames of ours", async () => {
  await using desk = await start();
  const { traceback, ename } = errorOf(
    (await desk.run("def f():\n    return 1 / 0\n\nf()")).outcome,
  );
  assertEquals(ename, "ZeroDivisionError");
  const text = traceback.join("\n");
  match(text, /<cell 1>", line 4, in <module>[^]*<cell 1>", line 2, in f\n\s+return 1 \/ 0/);
  ok(!text.includes("<string>"), text);
  const wrong = errorOf((await desk.run("\na b")).outcome);
  assertEquals(wrong.ename, "SyntaxError");
  match(wrong.traceback[0], /File "<cell 2>", line 2/);
});

Deno.test("PlainPython asks, and gives no leave to read its commands", async () => {
  await using desk = await start();
  const sink = new AnsweringSink("Ada", "secret");
  const code = "import getpass, sys\nprint(input('Name? '), getpass.getpass('Word? '))\n" +
    "print(repr(sys.stdin.read()))";
  assertEquals((await desk.run(code, sink)).stdout, "Ada secret\n''\n");
  assertEquals(sink.asked, ["Name? ", "Word?  (hidden)"]);
  const { ename, evalue } = errorOf((await desk.run("input('Name? ')")).outcome);
  assertEquals(ename, "EOFError");
  match(evalue, /nobody to ask/);
});

Deno.test("PlainPython is interrupted, and keeps its variables", async () => {
  await using desk = await start();
  await desk.run("x = 5");
  const controller = new AbortController();
  const sink = new AnsweringSink();
  sink.onWrite = () => controller.abort(new Interrupted());
  const code = "import time\nprint('on', flush=True)\ntime.sleep(1000)";
  const { ename, exitCode } = errorOf((await desk.run(code, sink, controller.signal)).outcome);
  assertEquals([ename, exitCode], ["KeyboardInterrupt", 130]);
  assertEquals((await desk.run("x")).stdout, "5\n");
});

Deno.test("PlainPython says where it is, and that a cell wants it to end", async () => {
  await using desk = await start();
  await Deno.mkdir(`${desk.path}/ä b`);
  assertEquals((await desk.run("import os\nos.chdir('ä b')")).path, `${desk.path}/ä b`);
  assertEquals((await desk.run("exit()")).exits, true);
});

Deno.test("PlainPython that dies says how, and what it said last", async () => {
  await using desk = await start();
  const code = "import os, sys\nsys.stderr.write('the reason')\nsys.stderr.flush()\nos._exit(3)";
  await rejects(
    desk.run(code),
    (error) =>
      error instanceof HostPythonDied && error.how === "exit code 3" &&
      /the reason$/.test(error.message),
  );
  ok(desk.python.isDead);
  await rejects(desk.run("1"), HostPythonDied);
});

Deno.test("a flood from PlainPython waits for its reader", async () => {
  await using desk = await start();
  let [bytes, waiting, most] = [0, 0, 0];
  const sink = new AnsweringSink();
  sink.write = async (_stream, data) => {
    bytes += data.length;
    waiting += data.length;
    most = Math.max(most, waiting);
    await pause(0);
    waiting -= data.length;
  };
  await desk.run("import sys\nfor _ in range(200): sys.stdout.write('x' * 100_000)\nNone", sink);
  assertEquals(bytes, 20_000_000);
  ok(most <= 1024 * 1024, `${most} bytes at once`);
});
