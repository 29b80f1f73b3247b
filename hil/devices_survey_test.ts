/** Looking for boards among many, good and bad, on pseudo-terminals. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { startBoards } from "../mocks/sim.ts";
import { Notebook } from "./notebook_testing.ts";

const GOOD = Array.from({ length: 16 }, (_, index) => `good${index}`);

/** All of the addresses, as `IOT_PORTS` has them. */
function ports(
  ...simulations: { boards: readonly { addresses: readonly string[] }[] }[]
): string[] {
  return simulations.flatMap(({ boards }) => boards.flatMap(({ addresses }) => addresses));
}

Deno.test("%discover lists sixteen good boards among twenty and names the bad; %%connect runs on all", async () => {
  await using good = await startBoards({ names: GOOD, pty: true });
  await using mute = await startBoards({ names: ["m1", "m2", "m3"], pty: true, faults: ["mute"] });
  await using deaf = await startBoards({ names: ["d"], pty: true, faults: ["deaf", "flood"] });
  const bad = ports(mute, deaf);
  // Bad ones first and last: neither order nor neighbours may matter.
  const all = [...ports(mute), ...ports(good), ...ports(deaf)];
  await using notebook = new Notebook({ IOT_PORTS: all.join(" ") });

  const { outcome, stdout, stderr } = await notebook.run("%discover -v");
  assertEquals(outcome.status, "ok");
  const rows = stdout.trimEnd().split("\n").map((line) => line.split(/ +/));
  assertEquals(rows.map(([, url]) => url), ports(good));
  assertEquals(rows.map(([, , uid]) => uid), good.boards.map(({ board }) => board.uid));
  for (const url of bad) ok(stderr.includes(url), `${url} is not named in\n${stderr}`);
  assertEquals(stderr.trimEnd().split("\n").length, bad.length);

  // Each board waits for all others: at the same time or never.
  const cell = await notebook.run(
    "%%connect --all --parallel\nimport time\ntime.sleep(1)\nprint(6*7)",
  );
  assertEquals([cell.outcome.status, cell.stderr], ["ok", ""]);
  const headers = [...cell.stdout.matchAll(/^----- (.*)$/gm)].map(([, name]) => name);
  assertEquals(headers, good.boards.map(({ board }) => board.uid));
  assertEquals(cell.stdout.match(/^42$/gm)?.length, 16);
});

Deno.test("%%connect runs in turn on boards named, HOST first, and leaves the current one", async () => {
  await using boards = await startBoards({ names: ["a", "b"], pty: true });
  const [a, b] = boards.boards.map(({ board, addresses: [url] }) => ({ uid: board.uid, url }));
  await using notebook = new Notebook({ IOT_PORTS: `${a.url} ${b.url}` });
  await notebook.run(`%connect -q ${a.url}\nx = 'a'`);
  await notebook.run(`%%connect ${b.uid}\nx = 'b'`);
  const { stdout, outcome } = await notebook.run(
    `%%connect --all --host\nimport sys\nprint(sys.implementation.name)`,
  );
  assertEquals(outcome.status, "ok");
  assertEquals(
    stdout,
    `\n----- HOST\n\ncpython\n\n----- ${a.uid}\n\nmicropython\n\n----- ${b.uid}\n\nmicropython\n`,
  );
  assertEquals((await notebook.run("print(x)")).stdout, "a\n");
  // One board by two names is one board, also for who has not looked for it.
  await using other = new Notebook({ IOT_PORTS: `${a.url} ${b.url}` });
  for (const anybody of [notebook, other]) {
    for (const names of [`${b.uid} ${b.url}`, `${b.url} ${b.uid}`, `-p ${b.url} ${b.uid}`]) {
      const twice = await anybody.run(`%%connect -q ${names}\nprint(x)`);
      assertEquals([twice.stdout, twice.stderr], ["b\n", ""]);
    }
  }
});

Deno.test("%%connect goes on after a board that fails, and the cell fails", async () => {
  await using boards = await startBoards({ names: ["a", "b"], pty: true });
  const [a, b] = boards.boards.map(({ board }) => board.uid);
  const urls = boards.boards.map(({ addresses: [url] }) => url);
  // Nothing connected and nothing found; one connected; all found.
  const before = ["", `%connect -q ${urls[1]}`, "%discover"];
  for (const [mode, first] of ["", "-p "].flatMap((mode) => before.map((cell) => [mode, cell]))) {
    await using notebook = new Notebook({ IOT_PORTS: urls.join(" ") });
    await notebook.run(first);
    const { stdout, stderr, outcome } = await notebook.run(
      `%%connect ${mode}${a} ${b} nobody\nimport machine\n` +
        `print(1 / (machine.unique_id()[-1] != 0x${a.slice(-2)}))`,
    );
    ok(
      outcome.status === "error" && outcome.ename === "ZeroDivisionError",
      JSON.stringify(outcome),
    );
    match(stdout, new RegExp(`----- ${b}\n\n1.0\n`));
    match(stderr, /nobody: .*No device "nobody" found/s);
  }
});

Deno.test("%connect NAME ws takes the way that was asked for, and %url says it", async () => {
  const password = "secret99";
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${home}/iot49/libs`, { recursive: true });
    await Deno.writeTextFile(`${home}/iot49/libs/secrets.py`, `webrepl_pwd = "${password}"\n`);
    await using boards = await startBoards({ names: ["both"], pty: true, ws: 0, password });
    const [{ board, addresses }] = boards.boards;
    await using notebook = new Notebook({ HOME: home, IOT_PORTS: addresses.join(" ") });
    const cable = addresses.find((url) => url.startsWith("serial:"))!;
    const air = addresses.find((url) => url.startsWith("ws:"))!;
    const found = await notebook.run("%discover");
    const names = found.stdout.trimEnd().split("\n").map((line) => line.split(/ +/)[0]);
    assertEquals([names, found.stderr], [[board.uid, board.uid], ""]);
    await notebook.run(`%connect -q ${board.uid}`);
    assertEquals((await notebook.run("%url")).stdout, `${cable}\n`);
    await notebook.run(`%connect -q ${board.uid} ws`);
    assertEquals((await notebook.run("%url")).stdout, `${air}\n`);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a board gets its name by %register, keeps it by cable and by address, and is found by it", async () => {
  const home = await Deno.makeTempDir();
  try {
    await using boards = await startBoards({ names: ["a", "b"], pty: true });
    const urls = boards.boards.map(({ addresses: [url] }) => url);
    await using notebook = new Notebook({ HOME: home, IOT_PORTS: urls.join(" ") });
    const connected = await notebook.run(`%connect ${urls[1]}`);
    match(connected.stdout, /^Connected to [\da-f:]+ @ \S+\nIt has no name yet: %register NAME/);
    match(
      (await notebook.run("%register kitchen")).stdout,
      /^Registered kitchen in .*devices\.yaml\n$/,
    );
    assertEquals((await notebook.run("%name")).stdout, "kitchen\n");
    assertEquals(
      (await notebook.run(`%connect ${urls[0]}\n%connect kitchen`)).stdout.split("\n").at(-2),
      `Connected to kitchen @ ${urls[1]}`,
    );
    match((await notebook.run("%discover")).stdout, new RegExp(`^kitchen +${urls[1]}$`, "m"));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
