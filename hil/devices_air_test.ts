/** Boards that announce themselves on the network, and those who only pretend to be boards. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { createSocket } from "node:dgram";
import { pause } from "@/base/deadline.ts";
import { Environment } from "@/config/environment.ts";
import { Air } from "@/discovery/air.ts";
import type { Announcement } from "@/discovery/announcement.ts";
import { Devices } from "@/discovery/devices.ts";
import { broadcastPort } from "@/discovery/open_air.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { startBoards } from "../mocks/sim.ts";
import { Notebook } from "./notebook_testing.ts";

const PASSWORD = "hunter22";
/** A UID that no simulated board has. */
const UID = "ab:cd:ef:01";

/** A network where these announcements are heard whenever somebody listens. */
function airWith(
  announcements: readonly Announcement[],
  portOf = freePort as typeof broadcastPort,
) {
  return (environment: Environment) =>
    Promise.resolve(
      new Air({
        broadcastPort: () => portOf(environment),
        browse: async ({ withinMs, signal, onHeard }) => {
          for (const announcement of announcements) onHeard(announcement);
          await pause(Math.min(withinMs, 100), signal);
        },
      }),
    );
}

/** A home whose secrets.py has both passwords, and a device file with this text. */
async function makeHome(boards = "") {
  const home = await Deno.makeTempDir();
  await Deno.mkdir(`${home}/iot49/libs`, { recursive: true });
  await Deno.mkdir(`${home}/devices`);
  await Deno.writeTextFile(`${home}/devices/boards.yaml`, boards);
  const secrets = `webrepl_pwd = "${PASSWORD}"\nmp_pwd = "${PASSWORD}"\n`;
  await Deno.writeTextFile(`${home}/iot49/libs/secrets.py`, secrets);
  const variables = {
    HOME: home,
    XDG_RUNTIME_DIR: home,
    IOT_SECRETS: `${home}/iot49/libs/secrets.py`,
    IOT_DEVICES: `${home}/devices`,
  };
  const remove = () => Deno.remove(home, { recursive: true });
  return { home, variables, [Symbol.asyncDispose]: remove };
}

/** Somebody who asks whoever connects for a password, as a WebREPL does, and counts them. */
function listenAsStranger() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  let visitors = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      visitors++;
      connection.close();
    }
  })();
  return {
    port,
    get visitors() {
      return visitors;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

for (const scheme of ["mp", "ws"]) {
  Deno.test(`nobody is sent a password only because he announces to be a board at ${scheme}://`, async () => {
    await using stranger = listenAsStranger();
    await using home = await makeHome(`kitchen:\n  uid: "${UID}"\n`);
    const url = `${scheme}://127.0.0.1:${stranger.port}`;
    const other = `${scheme}://localhost:${stranger.port}`;
    const openAir = airWith([{ url, uid: UID }, { url: other, name: "Porch" }]);
    await using notebook = new Notebook(home.variables, { openAir });
    const { stdout, stderr } = await notebook.run("%discover");
    assertEquals(stdout.split("\n").map((row) => row.split(/ +/)), [
      ["kitchen", url],
      ["Porch", other],
      [""],
    ]);
    match(stderr, /^Announced on the network, and not asked.*%connect/);
    for (const cell of ["print(1)", "%connect kitchen", `%connect ${UID}`, "%connect Porch"]) {
      const { outcome } = await notebook.run(cell);
      ok(outcome.status === "error", cell);
      if (cell.startsWith("%")) match(outcome.evalue, /is announced at \S+:\/\/.*connect to /);
    }
    assertEquals(stranger.visitors, 0);
    // Who names the address trusts it.
    ok((await notebook.run(`%connect ${url}`)).outcome.status === "error");
    ok(stranger.visitors > 0);
  });
}

Deno.test("a board that has an address in its device file is followed to the one that it announces", async () => {
  await using boards = await startBoards({ names: ["a"], ws: 0, password: PASSWORD });
  const [{ board: { uid }, addresses: [url] }] = boards.boards;
  await using home = await makeHome(`kitchen:\n  uid: "${uid}"\n  url: ws://127.0.0.1:1\n`);
  await using notebook = new Notebook(home.variables, { openAir: airWith([{ url, uid }]) });
  const { outcome, stdout } = await notebook.run("%connect kitchen\nprint(6 * 7)");
  assertEquals([outcome.status, stdout], ["ok", `Connected to kitchen @ ${url}\n42\n`]);
});

Deno.test("a board that only announces itself, where no password is sent, is found by its UID", async () => {
  await using boards = await startBoards({ names: ["a", "b"], tcp: 0 });
  const [a, b] = boards.boards.map(({ board: { uid }, addresses: [url] }) => ({ uid, url }));
  await using home = await makeHome();
  // One of them lies about who it is.
  const openAir = airWith([{ ...b, url: a.url }, b]);
  await using notebook = new Notebook(home.variables, { openAir });
  const { outcome, stdout } = await notebook.run(`%connect -q ${b.uid}\n%uid\n%url`);
  assertEquals([outcome.status, stdout], ["ok", `${b.uid}\n${b.url}\n`], JSON.stringify(outcome));
});

Deno.test("a board that is lost is found again where it announces to be", async () => {
  const announcements: Announcement[] = [];
  let boards = await startBoards({ names: ["a"], tcp: 0 });
  try {
    await using home = await makeHome();
    await using notebook = new Notebook(home.variables, { openAir: airWith(announcements) });
    await notebook.run(`%connect -q ${boards.boards[0].addresses[0]}`);
    await boards[Symbol.asyncDispose]();
    boards = await startBoards({ names: ["a"], tcp: 0 });
    const [{ board: { uid }, addresses: [url] }] = boards.boards;
    announcements.push({ url, uid });
    const { outcome, stdout, stderr } = await notebook.run("print(6 * 7)");
    assertEquals([outcome.status, stdout], ["ok", "42\n"], JSON.stringify(outcome));
    assertEquals(
      stderr,
      `Reconnected to ${uid} @ ${url}; the board has restarted: its variables are gone.\n`,
    );
  } finally {
    await boards[Symbol.asyncDispose]();
  }
});

Deno.test("discover() lists no more than 256 announcements", async () => {
  await using home = await makeHome();
  const flood = Array.from(
    { length: 1_000 },
    (_, index) => ({ url: `ws://10.0.0.1:${index + 1}` }),
  );
  await using devices = new Devices({
    schemes: BUILT_IN_SCHEMES,
    environment: new Environment(home.variables),
    listUsbPorts: () => Promise.resolve([]),
    openAir: airWith(flood),
  });
  assertEquals((await devices.discover()).announced.length, 256);
});

Deno.test("a broadcast_port that cannot be read is told, and stops neither %discover nor the end", async () => {
  await using boards = await startBoards({ names: ["a"], pty: true });
  const [{ board: { uid }, addresses: [url] }] = boards.boards;
  await using home = await makeHome();
  for (const value of ["f()", '"50000"', "70000"]) {
    await Deno.writeTextFile(home.variables.IOT_SECRETS, `broadcast_port = ${value}\n`);
    await using notebook = new Notebook({ ...home.variables, IOT_PORTS: url }, {
      openAir: airWith([], broadcastPort),
    });
    for (let round = 0; round < 2; round++) {
      const { outcome, stdout, stderr } = await notebook.run("%discover");
      assertEquals(outcome.status, "ok", JSON.stringify(outcome));
      ok(stdout.includes(`${uid}  ${url}`));
      match(stderr, /secrets\.py.*broadcast_port/);
    }
  }
});

Deno.test("broadcasts are heard at the broadcast_port that secrets.py names", async () => {
  await using home = await makeHome();
  const port = await freePort();
  await Deno.writeTextFile(home.variables.IOT_SECRETS, `broadcast_port = ${port}\n`);
  await using devices = new Devices({
    schemes: BUILT_IN_SCHEMES,
    environment: new Environment(home.variables),
    listUsbPorts: () => Promise.resolve([]),
    openAir: airWith([], broadcastPort),
  });
  await devices.discover(); // from now on somebody listens
  const url = "ws://127.0.0.1:8266";
  const socket = createSocket("udp4");
  try {
    const deadline = performance.now() + 10_000;
    for (let heard = 0; heard === 0;) {
      ok(performance.now() < deadline, "nothing was heard");
      socket.send(`${url}\n${UID}`, port, "127.0.0.1");
      const { announced } = await devices.discover();
      assertEquals(announced.filter((board) => board.url !== url || board.uid !== UID), []);
      heard = announced.length;
    }
  } finally {
    await new Promise<void>((done) => socket.close(() => done()));
  }
});

/** A UDP port that nobody has just now. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}
