/** A notebook's kernel and shell commands, each a process of its own, on one board. */

import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { startBoards } from "../../mocks/sim.ts";
import { Notebook } from "../notebook_testing.ts";
import { LineProcess } from "./support/lines.ts";
import { IOT, iot, temporaryDirectory } from "./support/product.ts";

Deno.test("a notebook and the shell use one board in turn, and are told when it is taken", async () => {
  await using runtime = await temporaryDirectory();
  await using boards = await startBoards({ names: ["a"], pty: true });
  const [{ board, addresses: [url] }] = boards.boards;
  const env = { XDG_RUNTIME_DIR: runtime.path, XDG_DATA_HOME: runtime.path, IOT_PORTS: url };
  await using notebook = new Notebook({ ...env, JPY_SESSION_NAME: "one.ipynb" });
  await notebook.run(`%connect -q ${url}\nx = 1`);

  const shell = await iot(["exec", "-d", url, "print(x)\nx = 2"], { env });
  assertEquals([shell.code, shell.stdout], [0, "1\n"], shell.stderr);
  assertEquals((await notebook.run("print(x)")).stdout, "2\n");

  // Found by what the holder says: the board goes on as it is.
  const seen = await iot(["discover", "-v"], { env });
  match(
    seen.stdout,
    new RegExp(`^${board.uid} +${url} +${board.uid} +in use by the notebook "one`),
  );

  const program = "import time\nprint('on')\nwhile True: time.sleep_ms(10)";
  await using busy = new LineProcess(IOT, ["exec", "-d", board.uid, program], env);
  assertEquals(await busy.line(), "on");
  const refused = await notebook.run("print(x)");
  assertEquals([refused.outcome.status, refused.stdout], ["error", ""]);
  match(
    refused.outcome.status === "error" ? refused.outcome.evalue : "",
    new RegExp(`is in use by iot \\(process ${busy.pid}\\)|iot \\(process \\d+\\) is using it`),
  );
  // A program that dies leaves a socket, and a board that runs.
  busy.kill("SIGKILL");
  await busy.ended();
  assertEquals((await notebook.run("print(x)")).stdout, "2\n");
});

Deno.test("a notebook remembers its board, and connects to it again by itself", async () => {
  await using home = await temporaryDirectory();
  await using boards = await startBoards({ names: ["a", "b"], pty: true });
  const urls = boards.boards.map(({ addresses: [url] }) => url);
  const env = { XDG_RUNTIME_DIR: home.path, XDG_DATA_HOME: home.path, IOT_PORTS: urls.join(" ") };
  const open = (JPY_SESSION_NAME: string) => new Notebook({ ...env, JPY_SESSION_NAME });
  {
    await using notebook = open("/n/one.ipynb");
    await notebook.run(`%connect -q ${urls[1]}\nx = 5`);
  }
  const { uid } = boards.boards[1].board;
  {
    await using notebook = open("/n/one.ipynb");
    const { stdout, stderr } = await notebook.run("print(x)");
    assertEquals([stdout, stderr], ["5\n", `Connected to ${uid} @ ${urls[1]}\n`]);
    await notebook.run("%unregister");
  }
  for (const name of ["/n/one.ipynb", "/n/two.ipynb"]) {
    await using notebook = open(name);
    const { outcome } = await notebook.run("print(x)");
    match(outcome.status === "error" ? outcome.evalue : "", /2 were found/);
  }
});

Deno.test("%register URL is for this session, and nothing else", async () => {
  await using boards = await startBoards({ names: ["a"], pty: true });
  const [{ board: { uid }, addresses: [url] }] = boards.boards;
  await using notebook = new Notebook({});
  assertEquals(
    (await notebook.run(`%register ${url}`)).stdout,
    `Registered ${uid} @ ${url} for this session\n`,
  );
  assertEquals((await notebook.run("%discover")).stdout, `${uid}  ${url}\n`);
  await notebook.run("%unregister");
  match((await notebook.run("%discover")).stdout, /^No boards found\./);
});
