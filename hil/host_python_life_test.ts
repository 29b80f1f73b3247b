/** Which Python runs `%%host` cells, and its life: started, interrupted, ended, left behind by nobody. */

import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import { gone, HostNotebook, intime, PYTHON, RecordingSink } from "./host_python_testing.ts";

Deno.test("an interrupt ends a cell of Python, and not Python", async () => {
  await using notebook = new HostNotebook(PYTHON);
  await notebook.run("%%host\nx = 5");
  const controller = new AbortController();
  const sink = new RecordingSink();
  const cell = "%%host\nimport time\nprint('on', flush=True)\ntime.sleep(1000)";
  const failing = notebook.fail(cell, sink, { signal: controller.signal });
  await sink.shows("on");
  controller.abort(new Interrupted());
  const { ename, exitCode } = await failing;
  assertEquals([ename, exitCode], ["KeyboardInterrupt", 130]);
  assertEquals((await notebook.run("%%host\nprint(x)")).stdout, "5\n");
});

Deno.test("a cell can be interrupted while Python starts", async () => {
  await using notebook = new HostNotebook(PYTHON);
  const controller = new AbortController();
  const failing = notebook.fail("%%host\n1", new RecordingSink(), { signal: controller.signal });
  controller.abort(new Interrupted());
  assertEquals((await failing).ename, "KeyboardInterrupt");
  assertEquals((await notebook.run("%%host\nprint(1)")).stdout, "1\n");
});

Deno.test("Python that dies in a cell is an error that says so, and the next cell has a new one", async () => {
  await using notebook = new HostNotebook(PYTHON);
  await notebook.run("%%host\nx = 5");
  const { ename, evalue } = await notebook.fail("%%host\nimport os\nos.kill(os.getpid(), 9)");
  assertEquals(ename, "HostPythonDied");
  match(evalue, /died \(SIGKILL\)\. Its variables are lost; the next cell starts it anew/);
  assertEquals((await notebook.run("%%host\nprint('x' in globals())")).stdout, "False\n");
});

Deno.test("exit ends Python; the next cell has a new one", async () => {
  await using notebook = new HostNotebook(PYTHON);
  await notebook.run("%%host\nx = 5");
  await notebook.run("%%host\nexit");
  assertEquals((await notebook.run("%%host\nprint('x' in globals())")).stdout, "False\n");
});

Deno.test("closing a notebook ends Python and what it has started", async () => {
  let pids: number[];
  {
    await using notebook = new HostNotebook(PYTHON);
    const { stdout } = await notebook.run(
      "%%host\nimport os, subprocess\n" +
        "print(os.getpid(), subprocess.Popen(['sleep', '1000']).pid)",
    );
    pids = stdout.trim().split(" ").map(Number);
  }
  for (const pid of pids) await gone(pid);
});

Deno.test("without IOT_PYTHON, the Python that runs Jupyter runs cells", async () => {
  const jupyter = new Deno.Command(PYTHON, {
    args: ["-c", "import sys; sys.stdin.read()"],
    stdin: "piped",
    stdout: "null",
  }).spawn();
  try {
    await using notebook = new HostNotebook("", { JPY_PARENT_PID: String(jupyter.pid) });
    const { stdout } = await notebook.run("%%host\nimport sys\nprint(sys.prefix)");
    assertEquals(stdout.trim(), PYTHON.replace("/bin/python", ""));
  } finally {
    await jupyter.stdin.close();
    await intime(jupyter.status, "Python ends");
  }
});

Deno.test("Python ends when its notebook's process is killed, busy or not", async () => {
  const notebook = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", import.meta.resolve("./host_python_orphan.ts")],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = notebook.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  const reading = (async () => {
    for (let { value } = await reader.read(); value; { value } = await reader.read()) {
      said += value;
      if (said.includes("\n")) return;
    }
  })();
  try {
    await intime(reading, "Python runs");
  } finally {
    notebook.kill("SIGKILL");
    await notebook.status;
    await reader.cancel();
  }
  const [home, ...pids] = said.trim().split(" ");
  for (const pid of pids) await gone(Number(pid));
  await Deno.remove(home, { recursive: true });
});
