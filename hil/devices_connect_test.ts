/** Connecting to boards that are away, mute, or not waited for. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import { MemorySink } from "@/base/sink.ts";
import { startBoards } from "../mocks/sim.ts";
import { Notebook } from "./notebook_testing.ts";
import { startProxy } from "./proxy_testing.ts";

Deno.test("a cell does not run on the board before one that could not be connected to", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/boards.yaml`,
      'away:\n  uid: "aa:bb:cc:dd"\nwired:\n  uid: "aa:bb:cc:de"\n  url: serial:///dev/none\n',
    );
    await using boards = await startBoards({ names: ["a"], pty: true });
    const [{ addresses: [url] }] = boards.boards;
    await using notebook = new Notebook({ IOT_DEVICES: folder, IOT_PORTS: url });
    for (const target of ["away", "wired", "aa:bb:cc:df"]) {
      await notebook.run(`%connect -q ${url}`);
      const connected = await notebook.run(`%connect ${target}`);
      ok(connected.outcome.status === "error" && /No device/.test(connected.outcome.evalue));
      const { outcome, stdout } = await notebook.run("print('ran')");
      ok(outcome.status === "error" && outcome.evalue.includes(target), JSON.stringify(outcome));
      assertEquals(stdout, "");
    }
    // A name that nobody has means no board.
    await notebook.run(`%connect -q ${url}`);
    await notebook.run("%connect nobody");
    assertEquals((await notebook.run("print('ran')")).stdout, "ran\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("%connect to a board that goes mute when asked who it is can be interrupted", async () => {
  await using boards = await startBoards({ names: ["a"], tcp: 0 });
  const muted = Promise.withResolvers<void>();
  let said = "";
  await using proxy = startProxy(boards.boards[0].addresses[0], async (chunk, pass) => {
    for (const byte of chunk) {
      // It grants raw paste and says that the code is there; what that prints never comes.
      if (said.includes("R\x01") && said.endsWith("\x04")) return muted.resolve();
      said += String.fromCharCode(byte);
      await pass(Uint8Array.of(byte));
    }
  });
  await using notebook = new Notebook({});
  const controller = new AbortController();
  const running = notebook.session.run(`%connect ${proxy.url}`, new MemorySink(), {
    signal: controller.signal,
  });
  await Promise.race([muted.promise, running]);
  controller.abort(new Interrupted());
  const outcome = await running;
  ok(outcome.status === "error", "it was connected");
  match(outcome.evalue, /does not stop|interrupted/);
});

Deno.test("an interrupt that comes before the search has begun ends it", async () => {
  await using boards = await startBoards({ names: ["m"], pty: true, faults: ["mute"] });
  await using notebook = new Notebook({ IOT_PORTS: boards.boards[0].addresses[0] });
  const controller = new AbortController();
  // Aborts while the search is being set up, when nobody listens to the signal yet.
  const sink = new MemorySink();
  const running = notebook.session.run("%connect nobody", sink, { signal: controller.signal });
  await Promise.resolve();
  controller.abort(new Interrupted());
  const outcome = await running;
  ok(outcome.status === "error" && outcome.ename === "KeyboardInterrupt", JSON.stringify(outcome));
});
