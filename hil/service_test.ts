/** `%%service` in real containers, by Debian's podman. */

import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import { MemorySink } from "@/base/sink.ts";
import { Notebook } from "./notebook_testing.ts";
import { Containers, until } from "./service_testing.ts";
import { SshServer } from "./service_host_testing.ts";

const PYTHON = `${import.meta.dirname}/../.venv/bin/python`;

/** A notebook on a computer with containers. */
class Desk implements AsyncDisposable {
  readonly containers: Containers;
  readonly notebook: Notebook;

  constructor(containers: Containers, variables: Record<string, string> = {}) {
    this.containers = containers;
    this.notebook = new Notebook({ ...containers.variables, ...variables });
  }

  static async open(variables: Record<string, string> = {}): Promise<Desk> {
    return new Desk(await Containers.open(), variables);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.notebook[Symbol.asyncDispose]();
    await this.containers[Symbol.asyncDispose]();
  }
}

Deno.test("%%service runs the cell in bash, or in sh where there is no bash", async () => {
  await using desk = await Desk.open();
  await desk.containers.start("small");
  await desk.containers.start("big", { bash: true });
  const which = 'echo "${BASH_VERSION:+bash}"; id -u; pwd';
  const small = await desk.notebook.run(`%%service small\n${which}`);
  assertEquals(small, { outcome: { status: "ok" }, stdout: "\n0\n/root\n", stderr: "" });
  strictEqual((await desk.notebook.run(`%%service big\n${which}`)).stdout, "bash\n0\n/root\n");
  const chosen = await desk.notebook.run(`%%service -s sh -u ada:10 big\n${which}; id -g`);
  strictEqual(chosen.stdout, "\n1000\n/home/ada\n10\n");
});

Deno.test("%%service hands the cell over letter by letter, and nothing on standard input", async () => {
  await using desk = await Desk.open();
  await desk.containers.start("svc", { bash: true });
  const text = `it's "quoted" \`back\` $HOME \\n \\\\ *  two  spaces é 😀 ! # %d`;
  const { outcome, stdout, stderr } = await desk.notebook.run([
    "%%service svc",
    "cat <<'END'",
    text,
    "END",
    `echo 'a'"'"'b' "$#" "$0"`,
    "cat; read line || echo nothing to read",
    "echo to stderr >&2",
    "nonsense",
  ].join("\n"));
  strictEqual(stdout, `${text}\na'b 0 svc\nnothing to read\n`);
  strictEqual(stderr, "to stderr\nsvc: line 8: nonsense: command not found\n");
  ok(outcome.status === "error" && outcome.evalue.includes("127"), JSON.stringify(outcome));
});

Deno.test("%%service takes cells that are longer than one argument can be", async () => {
  await using desk = await Desk.open();
  await desk.containers.start("svc");
  const line = '0123456789 é 😀 it\'s "so" $x';
  const body = `cat <<'END' | wc -l -c\n${`${line}\n`.repeat(10_000)}END`;
  const { stdout } = await desk.notebook.run(`%%service svc\n${body}`);
  const bytes = new TextEncoder().encode(`${line}\n`).length * 10_000;
  assertEquals(stdout.trim().split(/\s+/), ["10000", `${bytes}`]);
});

Deno.test("%%service finds services by compose's names and labels, and sources .init_NAME.sh", async () => {
  await using desk = await Desk.open();
  const init = 'TOOL="ready, $# arguments"\n';
  await desk.containers.start("rig_broker_1");
  await desk.containers.start("rig-esp-idf-1", {
    labels: { "com.docker.compose.service": "esp-idf", "com.docker.compose.project": "rig" },
    files: { "/root/.init_esp-idf.sh": init, "/home/ada/.init_esp-idf.sh": 'TOOL="ada"\n' },
  });
  const run = async (args: string) =>
    (await desk.notebook.run(`%%service ${args}\necho "\${TOOL-no tool}"`)).stdout;
  strictEqual(await run("esp-idf"), "ready, 0 arguments\n");
  strictEqual(await run("-u ada esp-idf"), "ada\n");
  strictEqual(await run("broker"), "no tool\n");
});

Deno.test("%%service shows the services when the name is wrong, and what to do when one is down", async () => {
  await using desk = await Desk.open();
  const broker = (await desk.notebook.run("%%service broker\ntrue")).outcome;
  ok(broker.status === "error" && /podman shows you no containers/.test(broker.evalue));
  await desk.containers.start("rig-broker-1", {
    labels: { "com.docker.compose.service": "broker" },
  });
  await desk.containers.start("rig-web-1", { labels: { "com.docker.compose.service": "web" } });
  await desk.containers.podman("pause", "rig-web-1");
  try {
    const wrong = (await desk.notebook.run("%%service brokr\ntrue")).outcome;
    ok(wrong.status === "error" && wrong.exitCode === 2);
    strictEqual(
      wrong.evalue,
      [
        'There is no service "brokr". There are:',
        "  NAME    CONTAINER     IMAGE  STATE",
        "  broker  rig-broker-1  -      running",
        "  web     rig-web-1     -      paused",
        "  host    -             -      this computer, by ssh",
      ].join("\n"),
    );
    const paused = (await desk.notebook.run("%%service web\ntrue")).outcome;
    ok(paused.status === "error");
    match(paused.evalue, /it is paused\. Let it run with: podman unpause rig-web-1$/);
  } finally {
    await desk.containers.podman("unpause", "rig-web-1");
  }
  await desk.containers.podman("stop", "--time", "0", "rig-web-1");
  const stopped = (await desk.notebook.run("%%service web\ntrue")).outcome;
  ok(stopped.status === "error");
  match(stopped.evalue, /it is exited\. Let it run with: podman start rig-web-1$/);
});

Deno.test("%%service names the user and the shell that are not there", async () => {
  await using desk = await Desk.open();
  await desk.containers.start("svc");
  const message = async (args: string) => {
    const { outcome } = await desk.notebook.run(`%%service ${args}\ntrue`);
    return outcome.status === "error" ? outcome.evalue : "ok";
  };
  strictEqual(await message("-u eve svc"), 'There is no user "eve" in the service "svc".');
  strictEqual(
    await message("-s zsh svc"),
    'The service "svc" has no "zsh". Name another shell by -s.',
  );
});

Deno.test("%%service ends with the status of the cell, whatever it is", async () => {
  await using desk = await Desk.open();
  await desk.containers.start("svc");
  for (const status of [1, 125, 126, 127, 255]) {
    const { outcome, stdout } = await desk.notebook.run(
      `%%service svc\necho before\nexit ${status}\necho after`,
    );
    strictEqual(stdout, "before\n");
    ok(outcome.status === "error" && outcome.origin === "code", `${status}`);
    match(outcome.evalue, new RegExp(`\\b${status}\\b`));
  }
});

Deno.test("%%service shows output as it comes", async () => {
  await using desk = await Desk.open();
  await desk.containers.start("svc");
  const sink = new MemorySink();
  const gate = "until [ -e /tmp/gate ]; do sleep 0.1; done";
  const running = desk.notebook.run(`%%service svc\necho first\n${gate}\necho last`, sink);
  await until(() => sink.stdout === "first\n");
  await desk.containers.podman("exec", "svc", "touch", "/tmp/gate");
  strictEqual((await running).stdout, "first\nlast\n");
});

Deno.test("%%service --out and --err put text into variables of this computer's Python", async () => {
  await using desk = await Desk.open({ IOT_PYTHON: PYTHON });
  await desk.containers.start("svc");
  const { outcome, stdout, stderr } = await desk.notebook.run(
    "%%service --out said --err warned svc\necho é 😀; echo careful >&2",
  );
  assertEquals([outcome, stdout, stderr], [{ status: "ok" }, "", ""]);
  const shown = await desk.notebook.run("%%host\nprint([said, warned])");
  strictEqual(shown.stdout, "['é 😀\\n', 'careful\\n']\n");
  const wrong = (await desk.notebook.run("%%service --out 1x svc\ntrue")).outcome;
  ok(wrong.status === "error" && wrong.evalue === '"1x" cannot be the name of a variable.');
});

Deno.test("%%service host runs the cell on the computer that has the containers, by ssh", async () => {
  await using server = await SshServer.start();
  await using notebook = new Notebook(server.variables);
  const line = `it's "$HOME" \\n é 😀`;
  const { outcome, stdout, stderr } = await notebook.run(
    `%%service host\ncat <<'END'\n${line}\nEND\nnonsense; exit 7`,
  );
  strictEqual(stdout, `${line}\n`);
  strictEqual(stderr, "host: line 5: nonsense: command not found\n");
  ok(outcome.status === "error" && /\b7\b/.test(outcome.evalue));

  const sink = new MemorySink();
  const interrupt = new AbortController();
  const running = notebook.session.run("%%service host\nsleep 1003 & echo $!; sleep 1004", sink, {
    signal: interrupt.signal,
  });
  await until(() => sink.stdout.endsWith("\n"));
  interrupt.abort(new Interrupted());
  const interrupted = await running;
  ok(interrupted.status === "error" && interrupted.ename === "KeyboardInterrupt");
  strictEqual(await stateOf(sink.stdout.trim()), undefined);
});

Deno.test("%%service host says where it looked for the computer", async () => {
  await using server = await SshServer.start();
  await using notebook = new Notebook({ ...server.variables, IOT_HOST: "ssh://127.0.0.1:1" });
  const { outcome } = await notebook.run("%%service host\ntrue");
  ok(outcome.status === "error" && outcome.exitCode === 1);
  match(outcome.evalue, /^Cannot reach .*ssh:\/\/127\.0\.0\.1:1 failed\. IOT_HOST .*refused/);
});

/** What a process does, as proc(5) shows it; undefined for one that has ended. */
async function stateOf(pid: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  const state = text?.split(") ").at(-1)?.[0];
  return state === "Z" ? undefined : state;
}

Deno.test("interrupting %%service leaves no process in the container", async () => {
  await using desk = await Desk.open();
  await desk.containers.start("svc", { bash: true });
  const cells = {
    "a pipeline": "sleep 1000 | cat",
    "a loop": "while true; do sleep 1; done",
    "one in the background, which SIGINT does not reach": "sleep 1001 & sleep 1000",
    "one that heeds nothing": "trap '' INT TERM; while true; do sleep 1; done",
    "another user's": "sleep 1000",
  };
  for (const [what, body] of Object.entries(cells)) {
    const sink = new MemorySink();
    const interrupt = new AbortController();
    const user = what === "another user's" ? "-u ada " : "";
    const running = desk.notebook.session.run(`%%service ${user}svc\necho begun\n${body}`, sink, {
      signal: interrupt.signal,
    });
    await until(() => sink.stdout === "begun\n");
    interrupt.abort(new Interrupted());
    const outcome = await running;
    ok(outcome.status === "error" && outcome.ename === "KeyboardInterrupt", what);
    strictEqual(sink.stderr, "", what);
    assertEquals(await desk.containers.processes("svc"), [], what);
  }
});
