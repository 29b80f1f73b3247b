/** One board, several programs: who is idle gives it up, and who is not says so. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { Environment } from "@/config/environment.ts";
import { Devices } from "@/discovery/devices.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { startBoards } from "../mocks/sim.ts";
import { ListeningSink, Notebook } from "./notebook_testing.ts";

/** A board on a pseudo-terminal, and a runtime directory of the test's own. */
async function desk() {
  const stack = new AsyncDisposableStack();
  const runtime = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(runtime, { recursive: true }));
  const boards = stack.use(await startBoards({ names: ["a"], pty: true }));
  const [{ board: { uid }, addresses: [url] }] = boards.boards;
  const open = (JPY_SESSION_NAME: string) =>
    stack.use(new Notebook({ XDG_RUNTIME_DIR: runtime, IOT_PORTS: url, JPY_SESSION_NAME }));
  return {
    uid,
    url,
    open,
    runtime: `${runtime}/iot`,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test("two notebooks use one board in turn, and its variables stay", async () => {
  await using board = await desk();
  const [one, two] = [board.open("one.ipynb"), board.open("two.ipynb")];
  await one.run(`%connect -q ${board.url}\nx = 1`);
  assertEquals((await two.run(`%connect -q ${board.url}\nprint(x)\nx = 2`)).stdout, "1\n");
  for (let round = 0; round < 5; round++) {
    for (const notebook of [one, two]) {
      const { outcome, stdout, stderr } = await notebook.run("print(x)");
      assertEquals([outcome.status, stdout, stderr], ["ok", "2\n", ""]);
    }
  }
});

Deno.test("a board that runs a cell is not given up, and the other is told who has it", async () => {
  await using board = await desk();
  const [one, two] = [board.open("dir/one.ipynb"), board.open("two.ipynb")];
  await one.run(`%connect -q ${board.url}`);
  const sink = new ListeningSink();
  const controller = new AbortController();
  const cell = "print('on')\nimport time\nwhile True: time.sleep_ms(10)";
  const running = one.run(cell, sink, controller);
  await sink.until("on", running);
  const { outcome } = await two.run(`%connect ${board.url}`);
  // Discovery asks the holder, not the board.
  const { stdout } = await two.run("%discover -v");
  controller.abort(new Error("enough"));
  await running.catch(() => {});
  ok(outcome.status === "error" && outcome.exitCode === 3);
  match(
    outcome.evalue,
    new RegExp(
      `^${board.uid} at ${board.url} is in use by the notebook "dir/one.ipynb" ` +
        `\\(process ${Deno.pid}\\), which runs something on it just now\\.`,
    ),
  );
  match(stdout, new RegExp(`${board.uid} .*in use by the notebook "dir/one.ipynb"`));
  assertEquals((await two.run("print(5)")).stdout, "5\n");
});

Deno.test("a board that is busy for a moment is waited for", async () => {
  await using board = await desk();
  const [one, two] = [board.open("one.ipynb"), board.open("two.ipynb")];
  await one.run(`%connect -q ${board.url}`);
  const sink = new ListeningSink();
  // Longer than a wish for the board waits in the program that has it.
  const cell = "print('on')\nimport time\ntime.sleep_ms(700)\nx = 7";
  const running = one.run(cell, sink);
  await sink.until("on", running);
  const { outcome, stdout } = await two.run(`%connect -q ${board.url}\nprint(x)`);
  assertEquals([stdout, outcome.status], ["7\n", "ok"], JSON.stringify(outcome));
  assertEquals((await running).outcome.status, "ok");
});

Deno.test("sockets are the user's alone, and what a dead program left is cleaned away", async () => {
  await using board = await desk();
  // A socket file that nobody listens at, as after a crash.
  await Deno.mkdir(board.runtime, { mode: 0o700 });
  const path = `${board.runtime}/${board.uid}.sock`;
  const dead = Deno.listen({ transport: "unix", path: `${path}.new` });
  await Deno.rename(`${path}.new`, path);
  dead.close();
  assertEquals((await Deno.lstat(path)).isSocket, true);
  const notebook = board.open("one.ipynb");
  await notebook.run(`%connect -q ${board.url}`);
  const { mode } = await Deno.lstat(path);
  assertEquals([mode! & 0o777, (await Deno.stat(board.runtime)).mode! & 0o777], [0o600, 0o700]);
  const alive = await Deno.connect({ transport: "unix", path });
  alive.close();
  await notebook.run("%disconnect");
  assertEquals(await Array.fromAsync(Deno.readDir(board.runtime)), []);
});

Deno.test("a holder is not brought down by whoever talks nonsense to its socket", async () => {
  await using board = await desk();
  const [one, two] = [board.open("one.ipynb"), board.open("two.ipynb")];
  await one.run(`%connect -q ${board.url}\nx = 1`);
  const path = `${board.runtime}/${board.uid}.sock`;
  const nonsense = [
    "",
    "\n",
    "{}\n",
    '{"op":"release"}\n',
    '{"op":"eat","by":{}}\n',
    "x".repeat(20_000),
  ];
  for (const text of nonsense) {
    const connection = await Deno.connect({ transport: "unix", path });
    await connection.write(new TextEncoder().encode(text)).catch(() => {});
    connection.close();
  }
  assertEquals((await one.run("print(x)")).stdout, "1\n");
  assertEquals((await two.run(`%connect -q ${board.url}\nprint(x)`)).stdout, "1\n");
});

Deno.test("a bare line, as iot repl has it, is given to nobody, and others are told whose it is", async () => {
  await using board = await desk();
  const notebook = board.open("one.ipynb");
  const environment = new Environment({ XDG_RUNTIME_DIR: board.runtime.replace(/\/iot$/, "") });
  for (const target of [board.url, board.uid]) {
    await using devices = new Devices({ schemes: BUILT_IN_SCHEMES, environment, surface: "shell" });
    await devices.register(board.url);
    devices.choose(target);
    {
      await using line = await devices.openLine();
      const names = (await Array.fromAsync(Deno.readDir(board.runtime))).map(({ name }) => name);
      assertEquals(names.length, 1);
      const { outcome } = await notebook.run(`%connect ${board.url}`);
      ok(outcome.status === "error" && outcome.exitCode === 3, JSON.stringify(outcome));
      match(outcome.evalue, new RegExp(`in use by iot \\(process ${Deno.pid}\\), which runs`));
      // The board is at its prompt.
      await line.transport.write(new TextEncoder().encode("\r\x02"));
      let said = "";
      while (!said.includes("\n>>> ")) {
        const signal = AbortSignal.timeout(20_000);
        said += new TextDecoder().decode(await line.transport.read({ signal }));
      }
    }
    assertEquals((await notebook.run(`%connect -q ${board.url}\nprint(1)`)).stdout, "1\n");
    await notebook.run("%disconnect");
    assertEquals(await Array.fromAsync(Deno.readDir(board.runtime)), []);
  }
});
