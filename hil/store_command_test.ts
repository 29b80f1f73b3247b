/** `%store` in notebooks and on the shell, beside IPython's own in cells with %%host. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { MemorySink } from "@/base/sink.ts";
import { store } from "@/commands/store.ts";
import { startBoards } from "../mocks/sim.ts";
import { HostNotebook, PYTHON } from "./host_python_testing.ts";

const EMPTY = "Stored variables and their in-db values:\n";

/** Two simulated boards, and how a cell connects to each. */
async function startTwo() {
  const simulation = await startBoards({ names: ["a", "b"], pty: true });
  const [a, b] = simulation.boards.map(({ addresses: [url] }) => `%connect -q ${url}`);
  return { a, b, [Symbol.asyncDispose]: () => simulation[Symbol.asyncDispose]() };
}

Deno.test("%store keeps, lists, restores and forgets", async (test) => {
  await using boards = await startTwo();
  await using bench = new HostNotebook(PYTHON);
  const shown = async (cell: string) => (await bench.run(cell)).stdout;
  const refused = async (cell: string) => (await bench.fail(cell)).evalue;
  await bench.run(boards.a);

  await test.step("lists nothing", async () => assertEquals(await shown("%store"), EMPTY));
  await test.step("board to host", async () => {
    await bench.run("count = 3\nnames = ['x', ('y', 1.5)]\nlong = 'z' * 100");
    assertEquals(
      await shown("%store count names long count"),
      "Stored 'count' (int)\nStored 'names' (list)\nStored 'long' (str)\n",
    );
    assertEquals(
      await shown("%store"),
      `${EMPTY}count  int   -> 3\nlong   str   -> '${"z".repeat(49)}\n` +
        "names  list  -> ['x', ('y', 1.5)]\n",
    );
  });
  await test.step("host to another board", async () => {
    await bench.run(`${boards.b}\nnames = 'old'`);
    assertEquals(await shown("%store -r names"), "Restored 'names' (list)\n");
    assertEquals(await shown("print(names, 'count' in globals())"), "['x', ('y', 1.5)] False\n");
    match(await shown("%store -r\nprint(count, len(long))"), /\n3 100\n$/);
  });
  await test.step("what is wrong changes nothing", async () => {
    await bench.run("class Pin: pass\ncount = {'pins': [1, 2, Pin()]}");
    assertEquals(
      await refused("%store count"),
      'Cannot store count["pins"][2]: a Pin does not cross between board and host.',
    );
    match(await refused("%store nothing"), /there is no variable of this name on the board/);
    match(await refused("%store -r nane"), /No variable is stored as "nane"/);
    match(await refused("%store -r name"), /Did you mean "names"\?/);
    match(await refused("%store names[0]"), /takes names of variables, and "names\[0\]" is none/);
    match(await refused("%store names >f.txt"), /does not write text files/);
    match(await refused("%store -r -d names"), /one thing at a time/);
    match(await refused("%store -d"), /Say which variable to forget/);
    match(await refused("%store -z names"), /forgets all/);
    match(await shown("%store"), /^count {2}int {3}-> 3$/m);
  });
  await test.step("forgets", async () => {
    match(await refused("%store -d names nope long"), /No variable is stored as "nope"/);
    assertEquals(await shown("%store -d names long"), "");
    assertEquals(await shown("%store"), `${EMPTY}count  int  -> 3\n`);
    match(await shown("%store -z"), /^Forgot \d+ variables?\.\n$/);
    assertEquals(await shown("%store"), EMPTY);
    match(await refused("%store -d names"), /No variable is stored as "names"/);
  });
  await test.step("help", async () => {
    const help = await shown("%store -h");
    match(help, /^usage: %store \[-h\] \[-r\] \[-d\] \[-z\] \[NAME \.\.\.\]\n\nExchange variables/);
    ok(!help.includes("--device"));
  });
});

/** Python that makes a value of every type, the same on a board and on this computer. */
const VALUE = `
from array import array
value = {
    "ints": [0, -1, 2**31, -(2**64), 10**40], "floats": (0.5, -0.0, 1e300, float("inf")),
    b"\\x00\\xff": bytearray(b"ab"), (1, ("two", None)): True, 5: array("h", [1, -2]),
    "text": "quotes ' and \\" \\\\ \\0 \\x04 \\u20ac", "empty": [(), [], {}, "", b""],
    "sets": [{1}, frozenset((2,))],
}
`;

/** Python that tells what types a value is made of; boards keep dicts in an order of their own. */
const SHAPE = `
def shape(x):
    parts = x.items() if isinstance(x, dict) else x if isinstance(x, (list, tuple, set)) else ()
    return type(x).__name__, sorted([shape(part) for part in parts], key=str)
`;

Deno.test("what a board stores is there for IPython's %store -r, and the other way", async (test) => {
  await using boards = await startTwo();
  await using bench = new HostNotebook(PYTHON);
  const shown = async (cell: string) => (await bench.run(cell)).stdout;
  const cell = (text: string) => `%%host\n${text}`;

  await test.step("board to IPython", async () => {
    await bench.run(`${boards.a}\n${VALUE}\n%store value`);
    assertEquals(
      await shown(cell(
        `%store -r value\ngot = value\n${VALUE}${SHAPE}` +
          `print(got == value, shape(got) == shape(value), got["floats"])`,
      )),
      "True True (0.5, -0.0, 1e+300, inf)\n",
    );
  });
  await test.step("IPython to board, also what it stored within the same second", async () => {
    assertEquals(await shown(cell("x = (1, True, 1.0)\n%store x")), "Stored 'x' (tuple)\n");
    await bench.run("%store -r x");
    assertEquals(await shown("print(repr(x))"), "(1, True, 1.0)\n");
    for (let round = 0; round < 3; round++) {
      await bench.run(`x = ${round}\n%store x`);
      assertEquals(await shown(cell("%store -r x\nprint(x)")), `${round}\n`);
    }
    await bench.run(`%store -r value\ngot = value\n${VALUE}`);
    assertEquals(
      await shown("print(got == value, got['floats'])"),
      "True (0.5, -0.0, 1e+300, inf)\n",
    );
  });
  await test.step("IPython's list has them, and what only IPython knows is in ours", async () => {
    await bench.run(cell("import decimal\nprice = decimal.Decimal(1)\n%store price"));
    match(await shown("%store"), /^price {2,}decimal\.Decimal {2,}-> <decimal\.Decimal>$/m);
    match(await shown(cell("%store")), /^value +-> \{/m);
    match((await bench.fail("%store -r price")).evalue, /price: a decimal\.Decimal does not cross/);
    const sink = await bench.run("%store -r");
    match(sink.stderr, /^Cannot restore price: a decimal\.Decimal does not cross/);
    match(sink.stdout, /^Restored 'value' \(dict\)$/m);
  });
  await test.step("in another notebook, after a restart, and on the shell", async () => {
    const variables = { IPYTHONDIR: `${bench.home}/.ipython` };
    await using other = new HostNotebook(PYTHON, variables);
    await other.run(`${boards.b}\n%store -r x`);
    assertEquals((await other.run("print(x)")).stdout, "2\n");
    const call = async (...argv: string[]) => {
      const sink = new MemorySink();
      const { signal } = new AbortController();
      const outcome = await other.notebook.session.call(store, argv, { sink, signal });
      ok(outcome.status === "ok", JSON.stringify(outcome));
      return sink.stdout;
    };
    assertEquals(await call("-d", "x"), "");
    match(await call(), /^value +dict/m);
    assertEquals((await other.run("x = 5\n%store x")).stdout, "Stored 'x' (int)\n");
    assertEquals(await shown(cell("%store -r x\nprint(x)")), "5\n");
  });
});
