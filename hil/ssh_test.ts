/** `%%ssh` with Debian's ssh server on this computer. */

import assert from "node:assert/strict";
import { pause, within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import { MemorySink } from "@/base/sink.ts";
import { Notebook } from "./notebook_testing.ts";
import { SshServer } from "./service_host_testing.ts";

const DEADLINE_MS = 60_000;

Deno.test("%%ssh runs the cell there, with its status and line numbers", async () => {
  await using server = await SshServer.start();
  await using notebook = new Notebook(server.variables);
  const { destination } = server;
  const { outcome, stdout, stderr } = await notebook.run(
    `%%ssh ${destination}\necho "it's" $((6 * 7)) "$SSH_CONNECTION" | cut -d' ' -f1-3\n` +
      "cat\necho oops >&2\nnonsense_of_ours\nexit 3",
  );
  assert.equal(stdout, "it's 42 127.0.0.1\n");
  assert.match(stderr, /^oops\n.*line 5: nonsense_of_ours: command not found/);
  assert.equal(outcome.status === "error" && outcome.evalue, "exit status 3");
});

Deno.test("%%ssh says why a computer cannot be reached", async () => {
  await using server = await SshServer.start();
  await using notebook = new Notebook(server.variables);
  const say = async (where: string) => {
    const { outcome } = await notebook.run(`%%ssh ${where}\ntrue`);
    assert.ok(outcome.status === "error");
    return outcome.evalue;
  };
  const { port } = new URL(server.destination);
  assert.match(await say(`-p ${port} nobody_of_ours@127.0.0.1`), /ssh-copy-id.*Permission denied/s);
  assert.match(await say("-p 9 127.0.0.1"), /Cannot reach "127\.0\.0\.1": .*refused/s);
  assert.match(await say("-- -oProxyCommand=true"), /is no computer: write USER@HOST/);
});

Deno.test("%%ssh tells a status of 255 from ssh's own", async () => {
  await using server = await SshServer.start();
  await using notebook = new Notebook(server.variables);
  const { outcome } = await notebook.run(`%%ssh ${server.destination}\nexit 255`);
  assert.equal(outcome.status === "error" && outcome.evalue, "exit status 255");
});

Deno.test("%%ssh heeds ssh's configuration and options", async () => {
  await using server = await SshServer.start();
  await using notebook = new Notebook(server.variables);
  const { port } = new URL(server.destination);
  const rig = `\nHost rig\n  HostName 127.0.0.1\n  Port ${port}\n  StrictHostKeyChecking yes\n`;
  await Deno.writeTextFile(`${server.variables.HOME}/config`, rig, { append: true });
  const say = async (where: string) => (await notebook.run(`%%ssh ${where}\necho here`));
  const strange = (await say("rig")).outcome;
  assert.ok(strange.status === "error");
  assert.match(strange.evalue, /not the one in .*known_hosts.*verification failed/s);
  assert.equal((await say("rig -- -o StrictHostKeyChecking=accept-new")).stdout, "here\n");
  assert.equal((await say("rig")).stdout, "here\n");
});

Deno.test("%%ssh says when there is no ssh", async () => {
  await using notebook = new Notebook({ HOME: "/home/me", PATH: "/there/is/none" });
  const { outcome } = await notebook.run("%%ssh pi@rig\ntrue");
  assert.ok(outcome.status === "error" && outcome.exitCode === 2);
  assert.match(outcome.evalue, /^Cannot start "ssh": there is no such program/);
});

Deno.test("%%ssh connects once, and says once what ssh said", async () => {
  await using bench = await fakeSsh('echo "no route to rig" >&2\nexit 255');
  await using notebook = new Notebook(bench.variables);
  const { outcome, stderr } = await notebook.run("%%ssh rig\ntrue");
  assert.ok(outcome.status === "error");
  assert.match(outcome.evalue, /^Cannot reach "rig": ssh rig failed\. ssh said: no route to rig$/);
  assert.equal(stderr, "");
  assert.equal(await bench.calls(), "x\n");
});

Deno.test("an interrupt of %%ssh while it connects ends ssh, and nothing connects again", async () => {
  await using bench = await fakeSsh("exec sleep 1005");
  await using notebook = new Notebook(bench.variables);
  for (const magic of ["%%ssh rig", "%%service host"]) {
    const controller = new AbortController();
    const sink = new MemorySink();
    const running = notebook.session.run(`${magic}\ntrue`, sink, { signal: controller.signal });
    const before = (await bench.calls()).length;
    const end = performance.now() + DEADLINE_MS;
    while ((await bench.calls()).length === before) {
      assert.ok(performance.now() < end, "ssh was not started");
      await pause(20);
    }
    controller.abort(new Interrupted());
    assert.ok(await within(DEADLINE_MS, running), "the cell did not end");
    const outcome = await running;
    assert.ok(outcome.status === "error" && outcome.ename === "KeyboardInterrupt");
    assert.equal(sink.stderr, "");
  }
  assert.equal(await bench.calls(), "x\nx\n");
});

/** An ssh that does what `script` says where it would connect, and a way to see how often it did. */
async function fakeSsh(script: string) {
  const folder = await Deno.makeTempDir({ prefix: "iot-ssh-" });
  const text = `#!/bin/sh\n[ "$1" = -G ] && exit\necho x >>${folder}/calls\n${script}\n`;
  await Deno.writeTextFile(`${folder}/ssh`, text, { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/calls`, "");
  return {
    variables: { HOME: folder, PATH: `${folder}:/usr/bin:/bin`, IOT_HOST: "ssh://pi@rig" },
    calls: () => Deno.readTextFile(`${folder}/calls`),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("an interrupt of %%ssh ends what it started there", async () => {
  await using server = await SshServer.start();
  await using notebook = new Notebook(server.variables);
  const mark = `hil-ssh-${crypto.randomUUID()}`;
  const isThere = () =>
    [...Deno.readDirSync("/proc")].some(({ name }) => {
      try {
        return /^\d+$/.test(name) && Deno.readTextFileSync(`/proc/${name}/environ`).includes(mark);
      } catch {
        return false; // it has just ended
      }
    });
  const controller = new AbortController();
  const cell = `%%ssh ${server.destination}\nexport MARK=${mark}\nsleep 1000 | cat`;
  const running = notebook.session.run(cell, new MemorySink(), { signal: controller.signal });
  const end = performance.now() + DEADLINE_MS;
  while (!isThere()) {
    assert.ok(performance.now() < end, "the cell did not begin");
    await pause(50);
  }
  controller.abort(new Interrupted());
  assert.ok(await within(DEADLINE_MS, running), "the cell did not end");
  assert.equal((await running).status, "error");
  while (isThere()) {
    assert.ok(performance.now() < end + DEADLINE_MS, "something of the cell is left");
    await pause(50);
  }
});
