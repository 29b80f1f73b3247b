/** Getting hold of boards, whatever they are doing. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { startBoards } from "../mocks/sim.ts";
import { ListeningSink, Notebook } from "./notebook_testing.ts";

const encode = (text: string) => new TextEncoder().encode(text);

for (const program of ["aiorepl", "ticker", "stubborn"]) {
  Deno.test(`a board whose main.py is ${program} is taken, and its programs can be interrupted`, async () => {
    await using boards = await startBoards({ names: ["a"], pty: true, program });
    await using notebook = new Notebook({});
    const { outcome } = await notebook.run(`%connect ${boards.boards[0].addresses[0]}`);
    assertEquals(outcome.status, "ok", JSON.stringify(outcome));
    assertEquals((await notebook.run("print(6 * 7)")).stdout, "42\n");
    const controller = new AbortController();
    const sink = new ListeningSink();
    const running = notebook.run("print('on')\nwhile True: pass", sink, controller);
    await sink.until("on", running);
    controller.abort(new Interrupted());
    const { outcome: stopped } = await running;
    ok(stopped.status === "error" && stopped.ename === "KeyboardInterrupt");
    assertEquals((await notebook.run("print(1)")).stdout, "1\n");
  });
}

for (
  const [where, keys] of [
    ["half in a raw paste", "\r\x03\x03\x01\x05A\x01print('half"],
    ["in its raw REPL with half a line", "\r\x03\x03\x01print('half"],
    ["in paste mode", "\r\x03\x05print('half"],
    ["in the middle of a statement", "\r\x03for i in range(3):\r"],
    ["in a loop", "\r\x03\x03\x01while True: pass\x04"],
    ["waiting for input()", "\r\x03\x03\x01input()\x04"],
  ]
) {
  Deno.test(`a board that was left ${where} is taken`, async () => {
    await using boards = await startBoards({ names: ["a"], pty: true });
    const [{ addresses: [url] }] = boards.boards;
    const transport = await openTransport(url, BUILT_IN_SCHEMES);
    await transport.write(encode(keys));
    await transport.close();
    await using notebook = new Notebook({});
    const { outcome, stdout } = await notebook.run(`%connect -q ${url}\nprint(6 * 7)`);
    assertEquals([outcome.status, stdout], ["ok", "42\n"], JSON.stringify(outcome));
  });
}

Deno.test("a line with noise is said to be noisy, with what came", async () => {
  await using boards = await startBoards({ names: ["a"], pty: true, faults: ["mute", "noise"] });
  await using notebook = new Notebook({});
  const { outcome } = await notebook.run(`%connect ${boards.boards[0].addresses[0]}`);
  ok(outcome.status === "error" && outcome.exitCode === 3, JSON.stringify(outcome));
  match(outcome.evalue, /serial:\S+.*(is not text, e\.g\. "|Nothing answers)/);
});

for (const profile of ["circuitpython", "circuitpython-de"]) {
  Deno.test(`${profile} keeps its variables when it is let go, and reloads only then`, async () => {
    await using boards = await startBoards({ names: ["a"], pty: true, profile });
    const [{ board: { uid }, addresses: [url] }] = boards.boards;
    await using notebook = new Notebook({});
    const reloads = "import supervisor\nprint(supervisor.runtime.autoreload)";
    assertEquals((await notebook.run(`%connect -q ${url}\n%uid\nx = 5`)).stdout, `${uid}\n`);
    assertEquals((await notebook.run(reloads)).stdout, "False\n");
    await notebook.run("%disconnect");
    // Who only runs code does not ask the board who it is, nor changes its settings.
    await using shell = new Notebook({ IOT_DEVICE: url }, { surface: "shell" });
    assertEquals((await shell.run(`print(x)\n${reloads}`)).stdout, "5\nTrue\n");
  });

  Deno.test(`${profile} explains why its files cannot be written`, async () => {
    await using boards = await startBoards({ names: ["a"], pty: true, profile });
    await using notebook = new Notebook({});
    await notebook.run(`%connect -q ${boards.boards[0].addresses[0]}`);
    const { outcome } = await notebook.run("open('/x.txt', 'w')");
    ok(outcome.status === "error" && outcome.ename === "OSError", JSON.stringify(outcome));
    match(outcome.traceback.join("\n"), /CIRCUITPY.*storage\.remount/);
  });
}
