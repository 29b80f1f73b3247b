/** `Session` on simulated boards: steps in order, which board is meant, and boards that are lost. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import { MemorySink, wrapSink } from "@/base/sink.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { Session } from "@/session/session.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { simulatedScheme } from "@/transport/simulated.ts";
import { SimulatedBoard } from "../mocks/board.ts";
import type { Link } from "../mocks/links/link.ts";
import { startBoards } from "../mocks/sim.ts";

/** A session whose boards are simulated ones, and what the tests need to get at them. */
class Desk implements AsyncDisposable {
  readonly session: Session;
  readonly links: Link[] = [];
  readonly #boards = new Map<string, SimulatedBoard>();

  constructor(variables: Record<string, string> = {}) {
    const simulated = simulatedScheme({
      connect: async (name, options) => {
        const board = this.#boards.get(name) ?? await SimulatedBoard.start({ name, ...options });
        this.#boards.set(name, board);
        const link = await board.connect();
        this.links.push(link);
        return link;
      },
      running: () => [...this.#boards.keys()],
    });
    this.session = new Session({
      commands: COMMANDS,
      cellMagics: CELL_MAGICS,
      schemes: new Map([...BUILT_IN_SCHEMES, ["sim", simulated]]),
      environment: new Environment(variables),
      surface: "notebook",
    });
  }

  /** Runs a cell and returns its outcome with what it printed. */
  async run(cell: string, signal = new AbortController().signal) {
    const sink = new MemorySink();
    const outcome = await this.session.run(cell, sink, { signal });
    return { outcome, stdout: sink.stdout, stderr: sink.stderr };
  }

  /** Pulls the plug of the line that was made last. */
  async unplug(): Promise<void> {
    await this.links.at(-1)!.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    for (const board of this.#boards.values()) await board[Symbol.asyncDispose]();
  }
}

Deno.test("Session.run() runs steps in order, up to the first that fails", async () => {
  await using desk = new Desk();
  const { outcome, stdout } = await desk.run(
    "%connect -q sim://a\na = 5\n%name\nprint(a)\n%nonsense\nprint('never')",
  );
  assertEquals(stdout, "a\n5\n");
  ok(outcome.status === "error" && outcome.ename === "UsageError");
  assertEquals((await desk.run("print(a)")).stdout, "5\n");
});

Deno.test("Session.run() counts lines as the cell does, also below magics", async () => {
  await using desk = new Desk();
  const { outcome } = await desk.run("%connect -q sim://a\n\ndef f():\n    return x\n%name\nf()");
  ok(outcome.status === "error");
  match(outcome.traceback.join("\n"), /line 6, in <module>[^]*line 4, in f[^]*NameError/);
});

Deno.test("%softreset forgets variables, and the cell goes on", async () => {
  await using desk = new Desk();
  const { stdout } = await desk.run(
    "%connect -q sim://a\na = 5\n%softreset -q\nprint('a' in globals())",
  );
  assertEquals(stdout, "False\n");
});

Deno.test("an interrupt ends the cell, not the session", async () => {
  await using desk = new Desk();
  await desk.run("%connect -q sim://a\nx = 5");
  const controller = new AbortController();
  const sink = new MemorySink();
  const watched = wrapSink(sink, {
    async write(stream, data) {
      await sink.write(stream, data);
      if (sink.stdout.includes("on")) controller.abort(new Interrupted());
    },
  });
  const cell = "print('on')\nwhile True: pass\n%name";
  const outcome = await desk.session.run(cell, watched, { signal: controller.signal });
  ok(outcome.status === "error");
  assertEquals([outcome.ename, outcome.exitCode], ["KeyboardInterrupt", 130]);
  assertEquals((await desk.run("print(x)")).stdout, "5\n");
});

Deno.test("a board that was unplugged between cells is connected to again, and that is said", async () => {
  await using desk = new Desk();
  await desk.run("%connect -q sim://a\nx = 5");
  await desk.unplug();
  const { stdout, stderr } = await desk.run("print(x)");
  assertEquals(stdout, "5\n");
  assertEquals(stderr, "Reconnected to a @ sim://a; its variables are still there.\n");
});

Deno.test("a cell that loses its board fails, and the next one has it again", async () => {
  await using desk = new Desk();
  await desk.run("%connect -q sim://a\nx = 5");
  const sink = new MemorySink();
  const watched = wrapSink(sink, {
    async write(stream, data) {
      await sink.write(stream, data);
      if (sink.stdout.includes("on")) await desk.unplug();
    },
  });
  const { signal } = new AbortController();
  const lost = await desk.session.run("print('on')\nwhile True: pass", watched, { signal });
  ok(lost.status === "error");
  assertEquals([lost.ename, lost.exitCode], ["TransportError", 3]);
  assertEquals((await desk.run("print(7)")).stdout, "7\n");
});

Deno.test("after a failed %connect no cell runs on the board before", async () => {
  await using desk = new Desk();
  await desk.run("%connect -q sim://a");
  for (const cell of ["%connect tcp://127.0.0.1:1", "print(1)"]) {
    const { outcome, stdout } = await desk.run(cell);
    ok(outcome.status === "error");
    assertEquals([outcome.ename, stdout], ["TransportError", ""]);
  }
  assertEquals((await desk.run("%connect -q sim://a\n%name")).stdout, "a\n");
});

Deno.test("a mistake in %connect changes nothing", async () => {
  await using desk = new Desk();
  await desk.run("%connect -q sim://a");
  for (const cell of ["%connect usb://x", "%connect kitchen"]) await desk.run(cell);
  assertEquals((await desk.run("%name")).stdout, "a\n");
});

Deno.test("a board that is busy is not passed over for the only other one", async () => {
  await using boards = await startBoards({ names: ["a"], pty: true });
  const [{ addresses: [url] }] = boards.boards;
  await using _holder = await openTransport(url, BUILT_IN_SCHEMES);
  await using desk = new Desk({ IOT_PORTS: `${url} sim://b` });
  const { outcome } = await desk.run("print(1)");
  ok(outcome.status === "error" && outcome.ename === "UsageError");
  ok(outcome.evalue.includes(`${url} is in use`), outcome.evalue);
});

Deno.test("%connect takes names and UIDs of boards that were discovered", async () => {
  await using desk = new Desk({ IOT_PORTS: "sim://a sim://b" });
  const { stdout } = await desk.run("%discover -v");
  const rows = stdout.trimEnd().split("\n").map((row) => row.split(/ +/));
  assertEquals(rows.map(([name, url]) => [name, url]), [["a", "sim://a"], ["b", "sim://b"]]);
  assertEquals((await desk.run("%connect b")).stdout, "Connected to b @ sim://b\n");
  const uid = rows[0][2];
  assertEquals((await desk.run(`%connect ${uid}`)).stdout, "Connected to a @ sim://a\n");
});

Deno.test("with several boards and none chosen, the error lists them", async () => {
  await using desk = new Desk({ IOT_PORTS: "sim://a sim://b" });
  const { outcome } = await desk.run("print(1)");
  ok(outcome.status === "error");
  match(outcome.evalue, /2 were found.*a \(sim:\/\/a\), b \(sim:\/\/b\)/);
});

Deno.test("%discover goes on when some address has no board", async () => {
  await using desk = new Desk({ IOT_PORTS: "sim://a tcp://127.0.0.1:1" });
  const { outcome, stdout, stderr } = await desk.run("%discover");
  assertEquals([outcome.status, stdout], ["ok", "a  sim://a\n"]);
  match(stderr, /127\.0\.0\.1:1/);
});

Deno.test("%discover leaves the connected board alone, however its address is spelt", async () => {
  await using boards = await startBoards({ names: ["a"], pty: true });
  const [{ addresses: [url] }] = boards.boards;
  await using desk = new Desk({ IOT_PORTS: url });
  const other = `${url}?baud=115200`;
  await desk.run(`%connect -q ${other}\nx = 1`);
  const { stdout, stderr } = await desk.run("%discover");
  assertEquals([stdout.trimEnd().split(/ +/)[1], stderr], [other, ""]);
  assertEquals((await desk.run("print(x)")).stdout, "1\n");
  assertEquals((await desk.run(`%connect -q ${url}\nprint(x)`)).stdout, "1\n");
});

Deno.test("a simulated board is listed once, and runs with the options it was started with", async () => {
  await using desk = new Desk();
  await desk.run("%connect -q sim://a?profile=pico\nx = 1");
  assertEquals((await desk.run("%discover")).stdout, "a  sim://a?profile=pico\n");
  assertEquals((await desk.run("print(x)")).stdout, "1\n");
  assertEquals((await desk.run("%connect -q sim://a\nprint(x)")).stdout, "1\n");
});

Deno.test("%discover gives a board up that goes silent half-way", async () => {
  await using boards = await startBoards({ names: ["a"], pty: true, faults: ["mute=120"] });
  const [{ addresses: [url] }] = boards.boards;
  await using desk = new Desk({ IOT_PORTS: `${url} sim://b` });
  const { stdout, stderr } = await desk.run("%discover");
  assertEquals(stdout, "b  sim://b\n");
  match(stderr, /^No board answered at serial:\S+ within [\d.]+ s\.\n$/);
});

Deno.test("%lsmagic lists every magic with its summary", async () => {
  await using desk = new Desk();
  const { stdout } = await desk.run("%lsmagic");
  const [lineMagics, cellMagics] = stdout.trimEnd().split("\n\n");
  const [heading, ...rows] = lineMagics.split("\n");
  assertEquals(heading, "Line Magic:    -h shows help (e.g. %discover -h)");
  ok(rows.includes("  %connect     Connect to device"));
  ok(rows.includes("  %discover    Discover available devices"));
  assertEquals(rows, rows.toSorted());
  match(cellMagics, /^Cell Magic: .*(?:\n {2}%%\w+ +\S.*)+$/);
});

Deno.test("%gettime tells the board's time, which %synctime sets", async () => {
  await using desk = new Desk();
  const { stdout } = await desk.run("%connect -q sim://a\n%synctime\n%gettime");
  const times = stdout.trimEnd().split("\n").map((line) => new Date(line).getTime());
  assertEquals(times.length, 2);
  for (const time of times) ok(Math.abs(time - Date.now()) < 60_000, stdout);
});

Deno.test("-h shows help and does nothing else", async () => {
  await using desk = new Desk();
  const { outcome, stdout } = await desk.run("%connect -h");
  assertEquals(outcome.status, "ok");
  match(stdout, /^usage: %connect \[-h\] \[-q\]/);
});
