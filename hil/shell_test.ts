/** `%%bash` and `!`: programs of this computer, in a notebook's session. */

import assert from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import { MemorySink, type StreamName } from "@/base/sink.ts";
import { pause, within } from "@/base/deadline.ts";
import { Notebook } from "./notebook_testing.ts";

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
  assert.match(outcome.evalue, /^Cannot start "bash": there is no such program/);
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
