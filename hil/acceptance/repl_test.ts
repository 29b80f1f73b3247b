/** `iot repl` at a terminal, as a person uses it: by every way to reach a board. */

import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import { TestTerminal } from "@/cli/terminal_testing.ts";
import { startBoards } from "../../mocks/sim.ts";
import type { SimulationOptions } from "../../mocks/sim_options.ts";
import { Microbit } from "../boards/microbit.ts";
import { Notebook } from "../notebook_testing.ts";
import { Ser2net } from "../rig/ser2net.ts";
import { IOT, isolated, temporaryDirectory } from "./support/product.ts";

const LEAVE = "\x1d";
const CTRL_C = "\x03";
const CTRL_R = "\x12";
const BACKSPACE = "\x7f";
const UP = "\x1b[A";
const PASSWORD = "hunter22";

/** A person with a home, a terminal and perhaps a board. */
async function desk(board: Omit<SimulationOptions, "names"> = {}) {
  const stack = new AsyncDisposableStack();
  const home = stack.use(await temporaryDirectory());
  await Deno.writeTextFile(`${home.path}/secrets.py`, `webrepl_pwd = "${PASSWORD}"\n`);
  const options = { names: ["a"], password: PASSWORD, ...board };
  const simulation = stack.use(await startBoards(options));
  const env = {
    ...isolated(home.path),
    HOME: home.path,
    // The executable is unpacked already.
    XDG_CACHE_HOME: Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`,
    XDG_RUNTIME_DIR: home.path,
    IOT_SECRETS: `${home.path}/secrets.py`,
  };
  const [url] = simulation.boards[0].addresses;
  return {
    ...{ env, url, simulation },
    board: simulation.boards[0].board,
    historyFile: `${home.path}/data/iot/repl_history`,
    async repl(device = url) {
      return stack.use(await TestTerminal.start(IOT, ["repl", "-d", device], { env }));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Waits for the prompt behind the banner that greets. */
async function greeted(terminal: TestTerminal): Promise<void> {
  await terminal.waitFor("Connected to ");
  await terminal.waitFor("information.\r\n>>> ");
}

async function leave(terminal: TestTerminal): Promise<void> {
  await terminal.type(LEAVE);
  assertEquals([await terminal.end(), terminal.isCooked()], [0, true]);
}

const WAYS: [name: string, board: Omit<SimulationOptions, "names">][] = [
  ["serial", { pty: true }],
  ["tcp", { tcp: 0 }],
  ["ws", { ws: 0 }],
];

for (const [name, board] of WAYS) {
  Deno.test(`iot repl by ${name}: keys go to the board, and Ctrl-] leaves`, async () => {
    await using at = await desk(board);
    const terminal = await at.repl();
    await greeted(terminal);
    await terminal.type("print(6 * 7)\r");
    await terminal.waitFor("\r\n42\r\n>>> ");
    // Until code runs, Ctrl-C is a key like any other.
    await terminal.type("exec('print(6*7)\\nwhile 1:pass')\r");
    await terminal.waitFor("\r\n42\r\n");
    await terminal.type(CTRL_C);
    await terminal.waitFor("KeyboardInterrupt");
    await terminal.waitFor(">>> ");
    await leave(terminal);
  });
}

for (const [scheme, accepter] of [["telnet", "telnet"], ["rfc2217", "telnet(rfc2217)"]] as const) {
  Deno.test(`iot repl by ${scheme} through ser2net`, async () => {
    await using at = await desk({ pty: true });
    await using server = await Ser2net.start(at.url.replace("serial://", ""), accepter);
    const terminal = await at.repl(`${scheme}://127.0.0.1:${server.port}`);
    await terminal.waitFor(">>> ");
    await terminal.type("print(6 * 7)\r");
    await terminal.waitFor("\r\n42\r\n>>> ");
    await leave(terminal);
  });
}

Deno.test("iot repl on a board of its own process", async () => {
  await using at = await desk({ tcp: 0 });
  const terminal = await at.repl("sim://own");
  await greeted(terminal);
  await terminal.type("print(6 * 7)\r");
  await terminal.waitFor("\r\n42\r\n>>> ");
  await leave(terminal);
});

Deno.test("iot repl brings back lines of earlier times, as the board's editor shows them", async () => {
  await using at = await desk({ pty: true });
  const first = await at.repl();
  await greeted(first);
  await first.type("total = 40 + 3");
  await first.waitFor("total = 40 + 3");
  await first.type(`${BACKSPACE}2\r`);
  await first.waitFor(">>> ");
  await first.type("for n in range(2):\r");
  await first.waitFor("...     ");
  await first.type("print('n', n)\r");
  await first.waitFor("...     ");
  await first.type(`${BACKSPACE}\r`);
  await first.waitFor("n 1\r\n>>> ");
  // The board's own history, which is not ours to break.
  await first.type(`${UP}\r`);
  await first.waitFor(">>> ");
  await first.type(` private = 1${CTRL_C}`);
  await first.waitFor(">>> ");
  await first.type(`word = '${PASSWORD}'\r`);
  await first.waitFor(">>> ");
  await leave(first);
  const kept = (await Deno.readTextFile(at.historyFile)).split("\n");
  assertEquals(kept.slice(0, 3), ["total = 40 + 2", "for n in range(2):", "    print('n', n)"]);
  ok(!kept.join("\n").includes(PASSWORD) && !kept.join("\n").includes("private"), kept.join("\n"));

  await at.board.reset();
  const second = await at.repl();
  await greeted(second);
  // In the midst of another line, which it takes the place of.
  await second.type("something els");
  await second.waitFor("something els");
  await second.type(CTRL_R);
  await second.waitFor("(history '')");
  await second.type("tot");
  await second.waitFor("(history 'tot') total = 40 + 2");
  await second.type("\t");
  await second.type(" + 100\r");
  await second.waitFor("total = 40 + 2 + 100\r\n>>> ");
  await second.type("print(total)\r");
  await second.waitFor("\r\n142\r\n>>> ");
  // Given up, the line stands as it was, its cursor where it was.
  await second.type("print(12)\x1b[D");
  await second.waitFor("print(12)");
  await second.type(`${CTRL_R}tot`);
  await second.waitFor("(history 'tot')");
  await second.type("\x07");
  await second.waitFor("\r\x1b[K>>> print(12)\x1b[1D");
  await second.type("3\r");
  await second.waitFor("\r\n123\r\n>>> ");
  // In a block, with its indentation, entered at once.
  await second.type("for n in range(7, 8):\r");
  await second.waitFor("...     ");
  await second.type(`${CTRL_R}'n'\r`);
  await second.waitFor("    print('n', n)\r\n");
  await second.type(`${BACKSPACE}\r`);
  await second.waitFor("\r\nn 7\r\n>>> ");
  await leave(second);
});

Deno.test("iot repl leaves Ctrl-R and all else to a paste, a raw REPL and a program", async () => {
  await using at = await desk({ pty: true });
  const terminal = await at.repl();
  await greeted(terminal);
  await terminal.type("\x05");
  await terminal.waitFor("=== ");
  await terminal.type("x = 5\rprint(x)\r\x04");
  await terminal.waitFor("\r\n5\r\n>>> ");
  await terminal.type("\x01");
  await terminal.waitFor("raw REPL; CTRL-B to exit\r\n>");
  await terminal.type("print(7)\x04");
  await terminal.waitFor("OK7\r\n\x04\x04>");
  await terminal.type("\x02");
  await terminal.waitFor(">>> ");
  await terminal.type("import sys\rprint('got', repr(sys.stdin.read(2)))\r");
  await terminal.waitFor("read(2)))\r\n");
  await terminal.type(`${CTRL_R}x`);
  await terminal.waitFor("got '\\x12x'\r\n");
  await leave(terminal);
});

Deno.test("iot repl shows a busy board's output, stops nothing, and Ctrl-C is the board's", async () => {
  await using at = await desk({ pty: true, program: "ticker" });
  const terminal = await at.repl();
  await terminal.waitFor("Connected to ");
  for (let line = 0; line < 3; line++) await terminal.waitFor("tick ");
  ok(!terminal.shown.includes("KeyboardInterrupt"));
  await terminal.type(CTRL_C);
  await terminal.waitFor("KeyboardInterrupt");
  await terminal.waitFor(">>> ");
  await leave(terminal);
});

Deno.test("iot repl puts the terminal back when its board goes away, and at a signal", async () => {
  await using at = await desk({ pty: true });
  const stopped = await at.repl();
  await greeted(stopped);
  assertEquals(stopped.isCooked(), false);
  stopped.kill("SIGTERM");
  assertEquals([await stopped.end(), stopped.isCooked()], [130, true]);
  const searching = await at.repl();
  await greeted(searching);
  await searching.type(CTRL_R);
  await searching.waitFor("(nothing like '')");
  await leave(searching);
  const unplugged = await at.repl();
  await greeted(unplugged);
  await at.simulation[Symbol.asyncDispose]();
  await unplugged.waitFor("\niot: ");
  await unplugged.waitFor(" went away");
  assertEquals([await unplugged.end(), unplugged.isCooked()], [3, true]);
});

Deno.test("iot repl takes a board over from a notebook that is idle", async () => {
  await using at = await desk({ pty: true });
  await using notebook = new Notebook({ ...at.env, IOT_PORTS: at.url });
  await notebook.run(`%connect -q ${at.url}\nkept = 5`);
  const terminal = await at.repl();
  await greeted(terminal);
  await terminal.type("print(kept + 1)\r");
  await terminal.waitFor("\r\n6\r\n>>> ");
  await leave(terminal);
  assertEquals((await notebook.run("print(kept)")).stdout, "5\n");
});

Deno.test("iot repl finds lines again on the emulated micro:bit", async () => {
  await using at = await desk({ tcp: 0 });
  await using board = await Microbit.start();
  const terminal = await at.repl(board.url);
  await terminal.waitFor(">>> ");
  await terminal.waitFor(">>> ");
  // No more at once than the board's receive ring holds, as a person types.
  await terminal.type("x = 1234567890 + 1234567890\r");
  await terminal.waitFor(">>> ");
  await terminal.type("wrong");
  await terminal.waitFor("wrong");
  await terminal.type(`${CTRL_R}x =`);
  await terminal.waitFor("(history 'x =')");
  await terminal.type("\t - 1\r");
  await terminal.waitFor(">>> ");
  await terminal.type("print(x)\r");
  await terminal.waitFor("\r\n2469135779\r\n>>> ");
  await leave(terminal);
});
