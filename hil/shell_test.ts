/** `%%bash` and `!`: programs of this computer, in a notebook's session. */

import assert from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import { MemorySink, type StreamName } from "@/base/sink.ts";
import { pause, within } from "@/base/deadline.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { simulatedScheme } from "@/transport/simulated.ts";
import { SimulatedBoard } from "../mocks/board.ts";
import { Notebook } from "./notebook_testing.ts";

const PYTHON = `${import.meta.dirname}/../.venv/bin/python`;

/** Nothing here takes longer, however busy the machine is. */
const DEADLINE_MS = 60_000;

const variables = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", HOME: "/home/me" };

/** Waits until `is` holds. */
async function until(is: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!await is()) {
    assert.ok(performance.now() < end, `not within ${DEADLINE_MS / 1000} s: ${what}`);
    await pause(20);
  }
}

/** The processes of this computer whose environment holds `mark`. */
function marked(mark: string): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return Deno.readTextFileSync(`/proc/${name}/environ`).includes(mark);
    } catch {
      return false; // it has just ended
    }
  });
}

Deno.test("%%bash runs the cell, both streams as they come", async () => {
  await using notebook = new Notebook(variables);
  const ran = await notebook.run("%%bash\nfor i in 1 2; do echo line $i; done\necho oops >&2\ncat");
  assert.deepEqual(ran, {
    outcome: { status: "ok" },
    stdout: "line 1\nline 2\n",
    stderr: "oops\n",
  });
});

Deno.test("%%bash fails with the status of its shell, and counts lines as the cell does", async () => {
  await using notebook = new Notebook(variables);
  const { outcome, stderr } = await notebook.run("%%bash\necho one\nnonsense_of_ours\nexit 3");
  assert.ok(outcome.status === "error");
  assert.equal(outcome.ename, "ExitStatus");
  assert.equal(outcome.evalue, "exit status 3");
  assert.match(stderr, /line 3: nonsense_of_ours: command not found/);
});

Deno.test("!line shows a status that is not 0, and the cell goes on", async () => {
  await using notebook = new Notebook(variables);
  const { outcome, stdout, stderr } = await notebook.run("!exit 3\n!echo $((6 * 7)) 'a  b'");
  assert.deepEqual(outcome, { status: "ok" });
  assert.equal(stderr, "exit status 3\n");
  assert.equal(stdout, "42 a  b\n");
});

Deno.test("!line goes on behind a backslash, and counts lines as the cell does", async () => {
  await using notebook = new Notebook(variables);
  const { stdout, stderr } = await notebook.run("!echo a \\\n  b\\\nc\n\n!nonsense_of_ours");
  assert.equal(stdout, "a bc\n");
  assert.equal(
    stderr,
    "bash: line 5: nonsense_of_ours: command not found\nexit status 127\n",
  );
});

Deno.test("!line tells which signal ended it", async () => {
  await using notebook = new Notebook(variables);
  assert.equal((await notebook.run("!kill -TERM $$")).stderr, "ended by SIGTERM\n");
});

Deno.test("!line makes do with sh", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink("/bin/sh", `${folder}/sh`);
    await using notebook = new Notebook({ HOME: "/home/me", PATH: folder });
    const { outcome, stdout } = await notebook.run("!echo $0");
    assert.deepEqual([outcome, stdout], [{ status: "ok" }, "sh\n"]);
    const { outcome: refusal } = await notebook.run("%%bash\necho never");
    assert.ok(refusal.status === "error");
    assert.match(refusal.evalue, /^Cannot start "bash": there is no such program/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("!!line says where it belongs", async () => {
  await using notebook = new Notebook(variables);
  const { outcome } = await notebook.run("!!ls");
  assert.ok(outcome.status === "error");
  assert.match(outcome.evalue, /"!!ls" makes a list for Python. Use it in a %%host cell/);
});

Deno.test("%%bash takes cells that are longer than an argument can be", async () => {
  await using notebook = new Notebook(variables);
  const text = `${"0123456789 é\n".repeat(20_000)}`;
  const { outcome, stdout, stderr } = await notebook.run(
    `%%bash\nwc -c <<'END'\n${text}END\nnonsense_of_ours\nexit 4`,
  );
  assert.equal(stdout.trim(), `${new TextEncoder().encode(text).length}`);
  assert.match(stderr, /line 20004: nonsense_of_ours: command not found/);
  assert.equal(outcome.status === "error" && outcome.evalue, "exit status 4");
});

Deno.test("%%bash keeps its output for Python, also when it fails", async () => {
  await using notebook = new Notebook({ ...variables, IOT_PYTHON: PYTHON });
  const { outcome, stdout, stderr } = await notebook.run(
    "%%bash --out said --err cried\necho é; echo oops >&2; exit 3",
  );
  assert.equal(outcome.status === "error" && outcome.evalue, "exit status 3");
  assert.deepEqual([stdout, stderr], ["", ""]);
  const { stdout: kept } = await notebook.run("%%host\nprint(repr(said), repr(cried))");
  assert.equal(kept, "'é\\n' 'oops\\n'\n");
});

Deno.test("%%bash ends what prints more than a variable takes", async () => {
  const mark = `hil-shell-${crypto.randomUUID()}`;
  await using notebook = new Notebook({ ...variables, MARK: mark });
  const { outcome } = await notebook.run("%%bash --out all\nyes");
  assert.ok(outcome.status === "error");
  assert.match(outcome.evalue, /more than 64\.0 MB: too much for the variable "all"/);
  assert.deepEqual(marked(mark), []);
});

Deno.test("programs are told of the connected board, and of none before", async () => {
  await using board = await SimulatedBoard.start({ name: "ada" });
  const scheme = simulatedScheme({ connect: () => board.connect(), running: () => ["ada"] });
  await using notebook = new Notebook(variables, {
    schemes: new Map([...BUILT_IN_SCHEMES, ["sim", scheme]]),
  });
  const tell = "!echo ${IOT_DEVICE_NAME-none} ${IOT_DEVICE_URL-none} ${IOT_DEVICE_UID:+uid}";
  assert.equal((await notebook.run(tell)).stdout, "none none\n");
  const { stdout } = await notebook.run(`%connect -q sim://ada\n${tell}\n%uid`);
  const [told] = stdout.split("\n");
  assert.equal(told, "ada sim://ada uid");
});

Deno.test("!cd says what moves the notebook", async () => {
  await using notebook = new Notebook(variables);
  const { outcome } = await notebook.run("!cd /tmp");
  assert.ok(outcome.status === "error");
  assert.match(outcome.evalue, /Use %cd \/tmp/);
});

Deno.test("programs work where %cd went, and see settings and the board", async () => {
  await using notebook = new Notebook({ ...variables, IOT: "$HOME/boards" });
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const { stdout, outcome } = await notebook.run(
      `%cd ${folder}\n!pwd\n!echo $IOT $IOT_LIBS $HOME \${IOT_DEVICE_URL-none}`,
    );
    assert.deepEqual(outcome, { status: "ok" });
    const [, pwd, settings] = stdout.split("\n").slice(-4);
    assert.equal(pwd ?? stdout, folder);
    assert.equal(settings, "/home/me/boards /home/me/boards/iot49/libs /home/me none");
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test("%%bash --out and --err want names, before anything runs", async () => {
  await using notebook = new Notebook(variables);
  const { outcome, stdout } = await notebook.run("%%bash --out 1st\necho ran");
  assert.ok(outcome.status === "error");
  assert.match(outcome.evalue, /"1st" cannot be the name of a variable/);
  assert.equal(stdout, "");
});

Deno.test("a program without a shell is an error that names it", async () => {
  await using notebook = new Notebook({ HOME: "/home/me", PATH: "/there/is/none" });
  const { outcome } = await notebook.run("!ls");
  assert.ok(outcome.status === "error");
  assert.match(outcome.evalue, /^Cannot start "sh": there is no such program\.$/);
});

Deno.test("an interrupt ends all that a cell has started", async () => {
  const mark = `hil-shell-${crypto.randomUUID()}`;
  await using notebook = new Notebook({ ...variables, MARK: mark });
  for (
    const cell of [
      "%%bash\nsleep 1000 | cat",
      "!sleep 1000 | cat",
      "%%bash\ntrap '' INT; sleep 1000 & wait",
    ]
  ) {
    const controller = new AbortController();
    const running = notebook.session.run(cell, new MemorySink(), { signal: controller.signal });
    await until(() => marked(mark).length >= 2, "the cell's processes are there");
    controller.abort(new Interrupted());
    assert.ok(await within(DEADLINE_MS, running), "the cell did not end");
    const outcome = await running;
    assert.equal(outcome.status === "error" && outcome.ename, "KeyboardInterrupt");
    await until(() => marked(mark).length === 0, "nothing of the cell is left");
  }
});

Deno.test("what a cell leaves in the background does not hold it up", async () => {
  const mark = `hil-shell-${crypto.randomUUID()}`;
  await using notebook = new Notebook({ ...variables, MARK: mark });
  try {
    const { outcome, stdout, stderr } = await notebook.run("%%bash\necho before\nsleep 1000 &");
    assert.deepEqual(outcome, { status: "ok" });
    assert.equal(stdout, "before\n");
    assert.match(stderr, /has left something running/);
    assert.equal(marked(mark).length, 1);
  } finally {
    for (const pid of marked(mark)) Deno.kill(Number(pid), "SIGKILL");
  }
});

Deno.test("100 MB of output wait for their reader", async () => {
  await using notebook = new Notebook(variables);
  let bytes = 0;
  const before = Deno.memoryUsage().rss;
  let most = before;
  const sink = new class extends MemorySink {
    override async write(_stream: StreamName, data: Uint8Array | string): Promise<void> {
      bytes += data.length;
      most = Math.max(most, Deno.memoryUsage().rss);
      await pause(0);
    }
  }();
  const signal = AbortSignal.timeout(DEADLINE_MS * 4);
  const outcome = await notebook.session.run("%%bash\nhead -c 104857600 /dev/zero", sink, {
    signal,
  });
  assert.deepEqual(outcome, { status: "ok" });
  assert.equal(bytes, 104_857_600);
  assert.ok(most - before < 80 * 1024 ** 2, `memory grew by ${(most - before) >> 20} MB`);
});
