/** `%%connect`: the cell on several boards, and what of it belongs to which. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import { type InputOptions, MemorySink } from "@/base/sink.ts";
import { startBoards } from "../mocks/sim.ts";
import { Notebook } from "./notebook_testing.ts";

/** Boards on pseudo-terminals, and notebooks that know of them. */
async function desk(...names: string[]) {
  const stack = new AsyncDisposableStack();
  const home = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(home, { recursive: true }));
  const simulation = stack.use(await startBoards({ names, pty: true }));
  const boards = simulation.boards.map(({ board: { uid }, addresses: [url] }) => ({ uid, url }));
  const environment = {
    HOME: home,
    XDG_RUNTIME_DIR: home,
    IOT_PORTS: boards.map(({ url }) => url).join(" "),
  };
  return {
    boards,
    open: (variables: Record<string, string> = {}) =>
      stack.use(new Notebook({ ...environment, ...variables })),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What boards print below their headers. */
function sections(stdout: string): Record<string, string> {
  const parts = stdout.split(/^----- (.*)\n/m).slice(1);
  return Object.fromEntries(
    parts.flatMap((name, index) => index % 2 === 0 ? [[name, parts[index + 1].trim()]] : []),
  );
}

/** A sink that tells when something was printed. */
class WatchedSink extends MemorySink {
  readonly #waiting: (() => void)[] = [];

  override async write(stream: "stdout" | "stderr", data: Uint8Array | string): Promise<void> {
    await super.write(stream, data);
    for (const look of this.#waiting) look();
  }

  async shows(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (this.stdout.includes(text)) resolve();
    };
    this.#waiting.push(look);
    look();
    ok(await within(30_000, promise), `no "${text}" in ${this.stdout}`);
  }
}

for (const mode of ["", "-p "]) {
  Deno.test(`magics in a %%connect ${mode}cell mean its boards, and the current one stays as it is`, async () => {
    await using rig = await desk("a", "b");
    const [a, b] = rig.boards;
    const notebook = rig.open();
    await notebook.run(`%connect -q ${a.url}\nopen('/keep.txt', 'w').close()\nx = 'a'`);
    await notebook.run(`%%connect -q ${b.url}\nopen('/keep.txt', 'w').close()\nx = 'b'`);
    const { outcome, stdout } = await notebook.run(
      `%%connect ${mode}${b.uid}\n%uid\n%name\n%url\n%rm /keep.txt\n%softreset -q\n` +
        "import os\nprint(os.listdir('/'), 'x' in globals())",
    );
    assertEquals(outcome.status, "ok", JSON.stringify(outcome));
    assertEquals(sections(stdout), {
      [b.uid]: `${b.uid}\n${b.uid}\n${b.url}\n[] False`,
    });
    const kept = await notebook.run("%uid\nimport os\nprint(os.listdir('/'), x)");
    assertEquals(kept.stdout, `${a.uid}\n['keep.txt'] a\n`);
  });

  Deno.test(`%%connect ${mode}takes the connected board for itself, by whatever name, once`, async () => {
    await using rig = await desk("a", "b");
    const [a, b] = rig.boards;
    for (const targets of [[a.uid, b.uid], [b.uid, a.url, a.uid, b.url]]) {
      const notebook = rig.open();
      await notebook.run(`%connect -q ${a.url}\nx = 'a'`);
      const { outcome, stdout, stderr } = await notebook.run(
        `%%connect ${mode}${targets.join(" ")}\n%uid\ny = 1\nprint('x' in globals())`,
      );
      assertEquals([outcome.status, stderr], ["ok", ""], JSON.stringify(outcome));
      assertEquals(sections(stdout), {
        [a.uid]: `${a.uid}\nTrue`,
        [b.uid]: `${b.uid}\nFalse`,
      });
      assertEquals((await notebook.run("%url\nprint(x, y)")).stdout, `${a.url}\na 1\n`);
      await notebook.session[Symbol.asyncDispose]();
    }
  });

  Deno.test(`%%connect ${mode}finds boards that nobody has looked for, each once`, async () => {
    await using rig = await desk("a", "b", "c");
    const [a, b, c] = rig.boards;
    const uids = rig.boards.map(({ uid }) => uid);
    for (const targets of [uids, [a.uid, a.url, b.url, b.uid, c.uid], [a.url, b.url, c.url]]) {
      const notebook = rig.open();
      const { outcome, stdout, stderr } = await notebook.run(
        `%%connect ${mode}${targets.join(" ")}\n%uid`,
      );
      assertEquals([outcome.status, stderr], ["ok", ""], JSON.stringify(outcome));
      assertEquals(stdout.match(/^-----/gm)?.length, 3, stdout);
      assertEquals(sections(stdout), Object.fromEntries(uids.map((uid) => [uid, uid])));
      await notebook.session[Symbol.asyncDispose]();
    }
  });

  Deno.test(`%%connect ${mode}--host --all goes on after errors, which come in order`, async () => {
    await using rig = await desk("a", "b", "c");
    const [a, b, c] = rig.boards;
    const notebook = rig.open();
    await notebook.run(`%connect -q ${b.url}\nx = 'b'`);
    const { outcome, stdout, stderr } = await notebook.run(
      `%%connect ${mode}--all --host nobody\nprint('begin')\nprint(1 / ('x' not in globals()))`,
    );
    ok(outcome.status === "error" && outcome.ename === "ZeroDivisionError");
    assertEquals(sections(stdout), {
      HOST: "begin\n1.0",
      [b.uid]: "begin",
      [a.uid]: "begin\n1.0",
      [c.uid]: "begin\n1.0",
      nobody: "",
    });
    match(stderr, new RegExp(`^${b.uid}: Traceback[^]*ZeroDivision[^]*^nobody: .*No device`, "m"));
    assertEquals((await notebook.run("%uid\nprint(x)")).stdout, `${b.uid}\nb\n`);
  });

  Deno.test(`an interrupt ends a %%connect ${mode}cell on all boards, and shows what they said`, async () => {
    await using rig = await desk("a", "b");
    const [a, b] = rig.boards;
    const notebook = rig.open();
    await notebook.run(`%connect -q ${a.url}\nx = 'a'`);
    const stop = new AbortController();
    const sink = new WatchedSink();
    // The host says that it has begun when the boards may have as well; they run for ever.
    const running = notebook.session.run(
      `%%connect ${mode}--host ${a.uid} ${b.uid}\nimport sys\nprint('on', sys.platform)\n` +
        "while sys.implementation.name != 'cpython': pass",
      sink,
      { signal: stop.signal },
    );
    // In turn, the first board is seen to run; all at once, their output comes at the end.
    await sink.shows(mode === "" ? "on esp32" : "on linux");
    if (mode !== "") await notebook.session.complete("x", 1);
    stop.abort(new Interrupted());
    ok(await within(30_000, running), "it goes on");
    const outcome = await running;
    ok(outcome.status === "error" && outcome.exitCode === 130, JSON.stringify(outcome));
    const names = Object.keys(sections(sink.stdout));
    assertEquals(names, mode === "" ? ["HOST", a.uid] : ["HOST", a.uid, b.uid]);
    for (const { uid } of [a, b]) {
      assertEquals((await notebook.run(`%%connect -q ${uid}\n%uid`)).stdout, `${uid}\n`);
    }
    assertEquals((await notebook.run("%uid\nprint(x)")).stdout, `${a.uid}\na\n`);
  });

  Deno.test(`programs of a %%connect ${mode}cell can ask, and boards are told apart`, async () => {
    await using rig = await desk("a", "b");
    const [a, b] = rig.boards;
    const notebook = rig.open();
    const prompts: string[] = [];
    class AskedSink extends MemorySink {
      override input(prompt: string, _options: InputOptions): Promise<string> {
        prompts.push(prompt);
        return Promise.resolve(`answer ${prompts.length}`);
      }
    }
    const { outcome, stdout } = await notebook.run(
      `%%connect ${mode}${a.uid} ${b.uid}\nprint(input('who? '))`,
      new AskedSink(),
    );
    assertEquals(outcome.status, "ok", JSON.stringify(outcome));
    const asked = mode === "" ? ["who? ", "who? "] : [`${a.uid}: who? `, `${b.uid}: who? `];
    assertEquals(prompts.toSorted(), asked.toSorted());
    const answers = Object.entries(sections(stdout)).map(([uid, said]) => {
      const answer = mode === "" ? said : `answer ${prompts.indexOf(`${uid}: who? `) + 1}`;
      assertEquals(said.endsWith(answer), true, said);
      return answer;
    });
    assertEquals(new Set(answers).size, 2);
  });
}

Deno.test("inside %%connect, what is about other boards says that it cannot stand there", async () => {
  await using rig = await desk("a", "b");
  const [a, b] = rig.boards;
  const notebook = rig.open();
  await notebook.run(`%connect -q ${a.url}\nx = 'a'`);
  const lines = [
    `%connect ${a.url}`,
    "%disconnect",
    "%discover",
    `%register ${a.url}`,
    "%unregister",
    "%rsync --all",
    `%%connect ${a.uid}\nprint(1)`,
  ];
  for (const line of lines) {
    const { outcome } = await notebook.run(`%%connect ${b.url}\n${line}`);
    ok(outcome.status === "error", line);
    assertEquals([line, outcome.ename, outcome.exitCode], [line, "UsageError", 2]);
    match(outcome.evalue, new RegExp(`cannot stand here: .* ${b.uid} alone\\.`), line);
  }
  assertEquals((await notebook.run("%uid\nprint(x)")).stdout, `${a.uid}\na\n`);
});

Deno.test("names that a %%connect cell gives on another board are not the current one's", async () => {
  await using rig = await desk("a", "b");
  const [a, b] = rig.boards;
  const notebook = rig.open();
  const complete = async (text: string) =>
    (await notebook.session.complete(text, text.length)).matches.map(({ text }) => text);
  await notebook.run(`%connect -q ${a.url}\nhere = 1\ndef thing():\n    return 'a'`);
  const sink = new MemorySink();
  const pages: unknown[] = [];
  sink.page = (data) => Promise.resolve(void pages.push(data["text/plain"]));
  await notebook.run(`%%connect -q ${b.url}\nthere = 1\nthing = 5\nthing?`, sink);
  match(String(pages), /int[^]*5/);
  assertEquals([await complete("ther"), await complete("her")], [[], ["here"]]);
  const { data } = await notebook.session.evaluate("thing()", {
    signal: new AbortController().signal,
  }) as { data: Record<string, unknown> };
  assertEquals(data["text/plain"], "'a'");
  const inspected = await notebook.session.inspect("thing", 5, { detail: 0 });
  match(String(inspected?.["text/plain"]), /Signature:[^]*thing\(\)/);
  // On the current board among others, they are.
  await notebook.run(`%%connect -q -p ${a.url} ${b.url}\nboth = 1`);
  assertEquals(await complete("bot"), ["both"]);
});

Deno.test("a board that a %%connect cell runs on is lent to nobody, who is told whose it is", async () => {
  await using rig = await desk("a");
  const [a] = rig.boards;
  const one = rig.open({ JPY_SESSION_NAME: "one.ipynb" });
  const two = rig.open({ JPY_SESSION_NAME: "two.ipynb" });
  const stop = new AbortController();
  const sink = new WatchedSink();
  const running = one.session.run(
    `%%connect ${a.url}\nprint('on')\nwhile True: pass`,
    sink,
    { signal: stop.signal },
  );
  await sink.shows("on\n");
  const { outcome } = await two.run(`%connect ${a.url}`);
  stop.abort(new Interrupted());
  ok(await within(30_000, running));
  ok(outcome.status === "error" && outcome.exitCode === 3);
  match(outcome.evalue, /is in use by the notebook "one\.ipynb" .*runs something on it just now/);
  // It is let go of after the cell.
  assertEquals((await two.run(`%connect -q ${a.url}\nprint(1)`)).stdout, "1\n");
});

Deno.test("a borrowed board that is reset in its part of the cell is waited for", async () => {
  await using rig = await desk("a", "b");
  const [a, b] = rig.boards;
  const notebook = rig.open();
  await notebook.run(`%connect -q ${a.url}\nx = 'a'`);
  const { outcome, stdout } = await notebook.run(
    `%%connect -q ${b.uid}\nx = 'b'\n%hardreset\n%uid\nprint('x' in globals())`,
  );
  assertEquals([outcome.status, stdout], ["ok", `${b.uid}\nFalse\n`], JSON.stringify(outcome));
  assertEquals((await notebook.run("%uid\nprint(x)")).stdout, `${a.uid}\na\n`);
});
