/** Boards that go away and come back: in the middle of cells, between them, and elsewhere. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { MemorySink } from "@/base/sink.ts";
import { pause } from "@/base/deadline.ts";
import { Environment } from "@/config/environment.ts";
import { makeTree } from "@/config/testing.ts";
import { Devices } from "@/discovery/devices.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { randomSource } from "../mocks/random.ts";
import { type Simulation, startBoards } from "../mocks/sim.ts";
import { ListeningSink, Notebook } from "./notebook_testing.ts";

const ROUNDS = 100;
/** So many lines a cell prints when nobody disturbs it: some are over soon, some do not end in time. */
const LINES = { short: 30, long: 30_000 } as const;
/** How far apart they are, in milliseconds. */
const LINE_MS = 2;

/** A place for one board, which can be exchanged; whoever is there at the end is unplugged. */
class Socket implements AsyncDisposable {
  #plugged: Simulation | undefined;

  /** Plugs a board in, and whoever was there out. */
  async plug(options: Parameters<typeof startBoards>[0]): Promise<Simulation> {
    await this.unplug();
    return this.#plugged = await startBoards(options);
  }

  async unplug(): Promise<void> {
    const plugged = this.#plugged;
    this.#plugged = undefined;
    await plugged?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unplug();
  }
}

Deno.test(`a board killed ${ROUNDS} times during cells is reconnected to each time, and no output strays`, async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0];
  console.log(`seed: ${seed}`);
  const bits = randomSource(seed);
  const random = () => bits() / 2 ** 32;
  await using folder = await makeTree({});
  // It reappears under either of two names.
  const links = [`${folder.path}/ttyACM0`, `${folder.path}/ttyACM1`];
  await using socket = new Socket();
  const start = () => socket.plug({ names: ["a"], pty: links[Math.floor(random() * 2)] });
  const boards = await start();
  await using notebook = new Notebook({
    IOT_PORTS: links.map((link) => `serial://${link}`).join(" "),
  });
  await notebook.run(`%connect -q ${boards.boards[0].addresses[0]}`);
  for (let round = 0; round < ROUNDS; round++) {
    const sink = new ListeningSink();
    const isLong = random() < 0.7;
    const code = `import time\nfor i in range(${LINES[isLong ? "long" : "short"]}):\n` +
      `  print('cell ${round}')\n  time.sleep_ms(${LINE_MS})`;
    const running = notebook.run(code, sink);
    // One that has not begun would run on the board that comes back.
    const seen = (isLong ? 1 : 0) + Math.floor(random() * LINES.short);
    await sink.until(`cell ${round}\n`.repeat(seen), running);
    await pause(random() * LINE_MS * 2);
    const [{ outcome, stdout }] = await Promise.all([running, start()]);
    const strays = stdout.split("\n").filter((line) => line !== "" && line !== `cell ${round}`);
    // A line may be cut in the middle where the board was killed.
    const last = strays.length === 1 && `cell ${round}`.startsWith(strays[0]);
    ok(strays.length === 0 || last, `seed ${seed}: cell ${round} printed ${stdout}`);
    const told = `seed ${seed}: ${JSON.stringify(outcome)}`;
    if (isLong) ok(outcome.status === "error", told);
    if (outcome.status === "error") assertEquals(outcome.exitCode, 3, told);
    const next = await notebook.run(`print('after ${round}')`);
    assertEquals(
      [next.outcome.status, next.stdout],
      ["ok", `after ${round}\n`],
      `seed ${seed}, round ${round}: ${JSON.stringify(next.outcome)}`,
    );
    match(next.stderr, /^(Reconnected to .* @ serial:.*variables.*\n)?$/);
  }
});

Deno.test("a board that comes back with its variables gone says so", async () => {
  await using folder = await makeTree({});
  const link = `${folder.path}/board`;
  await using socket = new Socket();
  await socket.plug({ names: ["a"], pty: link });
  await using notebook = new Notebook({ IOT_PORTS: `serial://${link}` });
  await notebook.run(`%connect -q serial://${link}\nx = 1`);
  const second = await socket.plug({ names: ["a"], pty: link });
  const { outcome, stderr } = await notebook.run("print(x)");
  ok(outcome.status === "error" && outcome.ename === "NameError");
  assertEquals(
    stderr,
    `Reconnected to ${second.boards[0].board.uid} @ serial://${link}; ` +
      "the board has restarted: its variables are gone.\n",
  );
});

Deno.test("another board at the same port runs nothing", async () => {
  await using folder = await makeTree({});
  const link = `${folder.path}/board`;
  await using socket = new Socket();
  await socket.plug({ names: ["a"], pty: link });
  await using notebook = new Notebook({ IOT_PORTS: `serial://${link}` });
  await notebook.run(`%connect -q serial://${link}`);
  const other = await socket.plug({ names: ["b"], pty: link });
  const { outcome, stdout } = await notebook.run("ran = True\nprint('ran')");
  ok(outcome.status === "error" && outcome.exitCode === 3, JSON.stringify(outcome));
  match(outcome.evalue, /has not come back/);
  assertEquals(stdout, "");
  const { stdout: ran } = await notebook.run(
    `%connect -q ${other.boards[0].board.uid}\nprint('ran' in globals())`,
  );
  assertEquals(ran, "False\n");
});

Deno.test("a board whose cable is pulled is found again by air", async () => {
  await using home = await makeTree({ "iot49/libs/secrets.py": 'webrepl_pwd = "secret99"\n' });
  await using boards = await startBoards({
    names: ["a"],
    pty: true,
    ws: 0,
    password: "secret99",
  });
  const [{ addresses, ports }] = boards.boards;
  const [cable, air] = ["serial:", "ws:"].map((scheme) =>
    addresses.find((url) => url.startsWith(scheme))!
  );
  await using notebook = new Notebook({ HOME: home.path, IOT_PORTS: `${cable} ${air}` });
  await notebook.run(`%connect -q ${cable}\nx = 5`);
  await ports[addresses.indexOf(cable)].unplug();
  const { outcome, stdout, stderr } = await notebook.run("print(x)");
  assertEquals([outcome.status, stdout], ["ok", "5\n"], JSON.stringify(outcome));
  match(stderr, /^Reconnected to \S+ @ ws:\S+; its variables are still there\.\n$/);
});

Deno.test("a board that is reset between cells, behind a line that stays, says that its variables are gone", async () => {
  await using boards = await startBoards({ names: ["a"], tcp: 0 });
  const [{ board, addresses: [url] }] = boards.boards;
  const environment = new Environment({});
  await using devices = new Devices({
    schemes: BUILT_IN_SCHEMES,
    environment,
    surface: "notebook",
    listUsbPorts: () => Promise.resolve([]),
  });
  const device = await devices.connect(url);
  assertEquals(await device.evaluate("x = 1\nprint(x)"), "1\n");
  await board.reset();
  const deadline = performance.now() + 20_000;
  // Until the banner has come: the line tells of nothing else.
  while (await device.endWatch()) {
    ok(performance.now() < deadline, "it was not noticed");
    const watching = device.watch();
    await pause(10);
    await device.endWatch();
    await watching;
  }
  const sink = new MemorySink();
  const again = await devices.current({ sink });
  assertEquals(await again.evaluate("print('x' in globals())"), "False\n");
  assertEquals(
    sink.stderr,
    `Reconnected to ${board.uid} @ ${url}; the board has restarted: its variables are gone.\n`,
  );
});
