/** `%pip` with a real pip, from an index on this computer. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { pause, within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import { MemorySink } from "@/base/sink.ts";
import { PipIndex, PYTHON } from "./packages_testing.ts";
import { SyncDesk, type SyncDeskOptions } from "./sync_testing.ts";

async function open(options: SyncDeskOptions = {}) {
  const stack = new AsyncDisposableStack();
  const index = stack.use(new PipIndex());
  const variables = { IOT_PYTHON: PYTHON, ...options.variables };
  const desk = stack.use(await SyncDesk.open({ ...options, variables }));
  const libs = `${desk.home}/iot49/libs`;
  const pip = (args: string) => desk.run(`%pip ${args} --index-url ${index.simple}`);
  const refused = async (cell: string) => {
    const { outcome } = await desk.try(cell);
    ok(outcome.status === "error", `${cell} went well`);
    return outcome.evalue;
  };
  return {
    ...{ index, desk, libs, pip, refused },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** All files below `folder`, but for what is our own. */
async function filesOf(folder: string, below = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (name.startsWith(".iot-")) continue;
    if (isDirectory) files.push(...await filesOf(folder, `${below}${name}/`));
    else files.push(below + name);
  }
  return files.sort();
}

const SENSOR = { "sensor/__init__.py": "v = 1\n", "sensor/data.bin": "x" };

Deno.test("%pip install takes a wheel, and none of its metadata", async () => {
  await using bench = await open();
  const { index, desk, libs, pip } = bench;
  await index.addWheel("Sensor_Kit", "1.0", {
    ...SENSOR,
    "tests/__init__.py": "",
    "setup.py": "",
    "sensor/__pycache__/x.cpython-311.pyc": "x",
    "Sensor_Kit-1.0.data/scripts/sensor-tool": "#!python\n",
    "Sensor_Kit-1.0.data/data/share/doc.txt": "x",
  });
  index.pages.set("/simple/sensor-kit/", index.pages.get("/simple/Sensor_Kit/")!);
  assertEquals(await pip("install Sensor_Kit"), `Installed sensor-kit 1.0: 2 files in ${libs}\n`);
  assertEquals(await filesOf(libs), Object.keys(SENSOR).sort());
  match(
    await desk.run("%pip list"),
    /^sensor-kit {2}1\.0 {2}http:\/\/127\.0\.0\.1:\d+\/files\/\S+\n$/,
  );
  assertEquals(await desk.run("%pip freeze"), "sensor-kit==1.0\n");
  match(
    await desk.run("%pip show sensor.kit"),
    /^Name: sensor-kit\nVersion: 1\.0\n(?:.*\n)+ {2}sensor\/__init__\.py {2}sha256:[0-9a-f]{64}\n/,
  );
  assertEquals(
    await desk.run("%pip uninstall Sensor-Kit"),
    `Removed sensor-kit 1.0 from ${libs}\n`,
  );
  assertEquals(await filesOf(libs), []);
});

/** Builds a wheel of `old.py` with nothing but Python's own modules. */
const BACKEND = `
import zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "old-1.0-py3-none-any.whl"
    info = "old-1.0.dist-info"
    with zipfile.ZipFile(directory + "/" + name, "w") as z:
        z.writestr("old.py", open("old.py").read())
        z.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: old\\nVersion: 1.0\\n")
        z.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        z.writestr(info + "/RECORD", "old.py,,\\n")
    return name
`;

Deno.test("%pip install leaves out machine code, and says so", async () => {
  await using bench = await open();
  const { index, desk, libs } = bench;
  await index.addWheel("fast", "1", { "fast/__init__.py": "", "fast/_c.cpython-311.so": "ELF" });
  const { stderr } = await desk.try(`%pip install fast --index-url ${index.simple}`);
  match(
    stderr,
    /^fast has machine code for this computer.* left out: fast\/_c\.cpython-311\.so\.\n$/,
  );
  assertEquals(await filesOf(libs), ["fast/__init__.py"]);
});

Deno.test("%pip install builds source distributions", async () => {
  await using bench = await open();
  const { index, libs, pip } = bench;
  await index.addSdist("old", "1.0", {
    "old.py": "o = 1\n",
    "backend.py": BACKEND,
    "pyproject.toml":
      '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "PKG-INFO": "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n",
  });
  assertEquals(await pip("install old"), `Installed old 1.0: 1 file in ${libs}\n`);
  assertEquals(await filesOf(libs), ["old.py"]);
});

Deno.test("%pip explains packages of upip, which pip cannot unpack", async () => {
  await using bench = await open();
  const { index, libs, refused } = bench;
  await index.addSdist("micropython-logging", "0.3", {
    "logging.py": "",
    "PKG-INFO": "Metadata-Version: 1.0\nName: micropython-logging\nVersion: 0.3\n",
  });
  match(
    await refused(`%pip install micropython-logging --index-url ${index.simple}`),
    /is packed for upip.*%mip install logging/,
  );
  assertEquals(await filesOf(libs), []);
});

Deno.test("%pip install keeps to the locked version, and brings it back", async () => {
  await using bench = await open();
  const { index, desk, libs, pip, refused } = bench;
  await index.addWheel("sensor", "1.0", SENSOR);
  await pip("install sensor");
  const asked = index.asked.length;
  assertEquals(await pip("install sensor"), `sensor 1.0 is in ${libs} already\n`);
  assertEquals(await desk.run("%pip install sensor==1.0"), `sensor 1.0 is in ${libs} already\n`);
  assertEquals(index.asked.length, asked);
  await index.addWheel("sensor", "2.0", { "sensor/__init__.py": "v = 2\n" });
  await Deno.remove(`${libs}/sensor/data.bin`);
  assertEquals(await desk.run("%pip install"), `Installed sensor 1.0: 2 files in ${libs}\n`);
  assertEquals(await filesOf(libs), Object.keys(SENSOR).sort());
  match(await pip("install -U sensor"), /^Installed sensor 2\.0 in place of 1\.0: 1 file in /);
  assertEquals(await filesOf(libs), ["sensor/__init__.py"]);
  match(await pip("install 'sensor<2'"), /^Installed sensor 1\.0 in place of 2\.0/);
  await index.addWheel("sensor", "1.0", { "sensor/__init__.py": "evil\n" });
  await Deno.remove(`${libs}/sensor/data.bin`);
  match(await refused("%pip install sensor"), /sensor 1\.0 is no longer what was installed from/);
});

Deno.test("%pip install -r takes what a requirements file names", async () => {
  await using bench = await open({
    host: {
      "req.txt": "# what we need\nsensor == 1.0  # for now\n\nother; python_version > '2'\n",
      "odd.txt": "sensor\n--extra-index-url http://x\n",
      "none.txt": "\n",
    },
  });
  const { index, libs, pip, refused } = bench;
  await index.addWheel("sensor", "1.0", SENSOR);
  await index.addWheel("sensor", "2.0", SENSOR);
  await index.addWheel("other", "3", { "other.py": "" });
  assertEquals(
    await pip("install -r ~/req.txt"),
    `Installed sensor 1.0: 2 files in ${libs}\nInstalled other 3: 1 file in ${libs}\n`,
  );
  match(
    await refused("%pip install -r ~/odd.txt"),
    /odd\.txt:2: "--extra-index-url http:\/\/x" is/,
  );
  match(await refused("%pip install -r ~/none.txt"), /names no packages/);
  match(await refused("%pip install -r ~/gone.txt"), /gone\.txt": it is not there/);
});

Deno.test("%pip says what pip says, and installs nothing", async () => {
  await using bench = await open({ host: { "iot49/libs/sensor/__init__.py": "mine" } });
  const { index, libs, refused } = bench;
  const at = `--index-url ${index.simple.replace("//", "//me:secret@")}`;
  const text = await refused(`%pip install nope ${at}`);
  match(text, /^pip could not fetch "nope": .*No matching distribution found for nope/s);
  await index.addWheel("sensor", "1.0", SENSOR);
  await index.addWheel("other", "1.0", { "other.py": "" });
  match(
    await refused(`%pip install other sensor ${at}`),
    /sensor\/__init__\.py: it is your own\nNothing was installed/,
  );
  assertEquals(await filesOf(libs), ["sensor/__init__.py"]);
  await index.addWheel("empty", "1.0", {});
  match(await refused(`%pip install empty ${at}`), /brings no Python files/);
  match(await refused(`%pip install "other; python_version < '3'" ${at}`), /pip left out "other;/);
  match(await refused("%pip install -- -rx"), /"-rx" is no package/);
  match(await refused("%pip download x"), /invalid choice: 'download'/);
});

Deno.test("%pip says how to get Python and pip where there is none", async () => {
  await using bench = await open({ variables: { IOT_PYTHON: "/nowhere/python3" } });
  match(
    await bench.refused("%pip install x"),
    /Cannot run Python .*: IOT_PYTHON is "\/nowhere\/python3", which does not start/,
  );
  await using tree = await open({ variables: { IOT_PYTHON: "$IOT/python" } });
  // A Python without pip says so, and ends with 1; asked for ipykernel, one without it says "plain".
  const script =
    '[ "$1" = -c ] && echo plain && exit\necho "$0: No module named pip" >&2\nexit 1\n';
  await tree.desk.write("python", `#!/bin/sh\n${script}`);
  await Deno.chmod(`${tree.desk.home}/python`, 0o755);
  match(await tree.refused("%pip install x"), /has no pip\. .* -m ensurepip" installs it/);
});

Deno.test("%pip is that of the Python that runs Jupyter, as cells with %%host are", async () => {
  await using desk = await SyncDesk.open();
  // Asked with -c whether it has ipykernel, it says so; it has no pip.
  const script =
    '[ "$1" = -c ] && echo ipykernel && exit\necho "$0: No module named pip" >&2\nexit 1\n';
  await desk.write("bin/python", `#!/bin/sh\n${script}`);
  const python = `${desk.home}/bin/python`;
  await Deno.chmod(python, 0o755);
  // A process that is called as this Python would be; it is when it repeats what it is told.
  const jupyter = new Deno.Command("bash", {
    args: ["-c", `exec -a '${python}' cat`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = jupyter.stdin.getWriter();
  const reader = jupyter.stdout.getReader();
  try {
    await writer.write(Uint8Array.of(1));
    await reader.read();
    await using bench = await open({
      variables: { IOT_PYTHON: "", JPY_PARENT_PID: String(jupyter.pid) },
    });
    match(
      await bench.refused("%pip install x"),
      new RegExp(`"${RegExp.escape(python)}" has no pip`),
    );
  } finally {
    await writer.close();
    await reader.cancel();
    await jupyter.status;
  }
});

Deno.test("%pip install that is interrupted ends pip, and leaves the libraries alone", async () => {
  await using bench = await open();
  const { index, desk, libs } = bench;
  const controller = new AbortController();
  const held = Promise.withResolvers<void>();
  index.pages.set("/simple/sensor/", async () => {
    controller.abort(new Interrupted());
    await held.promise;
    return new Response("late", { headers: { "content-type": "text/html" } });
  });
  const cell = `%pip install sensor --index-url ${index.simple}`;
  const running = desk.notebook.session.run(cell, new MemorySink(), controller);
  try {
    ok(await within(60_000, running), "it was not interrupted");
  } finally {
    held.resolve();
  }
  const outcome = await running;
  ok(outcome.status === "error");
  assertEquals(outcome.ename, "KeyboardInterrupt");
  assertEquals(await filesOf(libs), []);
});

Deno.test("%pip install that is interrupted ends a build, too", async () => {
  await using bench = await open();
  const { index, desk, libs } = bench;
  const mark = `${desk.home}/build.pid`;
  await index.addSdist("slow", "1.0", {
    "backend.py": `import os, time
def build_wheel(*args, **kwargs):
    with open(${JSON.stringify(`${mark}.part`)}, "w") as f:
        f.write(str(os.getpid()))
    os.rename(${JSON.stringify(`${mark}.part`)}, ${JSON.stringify(mark)})
    time.sleep(600)
`,
    "pyproject.toml":
      '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "PKG-INFO": "Metadata-Version: 1.0\nName: slow\nVersion: 1.0\n",
  });
  const controller = new AbortController();
  const cell = `%pip install slow --index-url ${index.simple}`;
  const running = desk.notebook.session.run(cell, new MemorySink(), controller);
  const pid = await eventually(() => Deno.readTextFile(mark).catch(() => undefined));
  controller.abort(new Interrupted());
  ok(await within(60_000, running), "it was not interrupted");
  ok((await running).status === "error");
  await eventually(async () => await isGone(pid) || undefined);
  assertEquals(await filesOf(libs), []);
});

/** What `look` finds, as soon as it finds something. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + 60_000; performance.now() < end; await pause(20)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error("It did not happen within 60 s.");
}

/** Whether a process has ended; one that nobody has asked about yet counts as well. */
async function isGone(pid: string): Promise<boolean> {
  const signal = AbortSignal.timeout(30_000);
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", pid], signal })
    .output();
  return /^\s*(?:Z.*)?$/.test(new TextDecoder().decode(stdout));
}

Deno.test("%pip --to-board puts packages where the board imports them", async () => {
  await using bench = await open();
  const { index, desk, pip } = bench;
  await index.addWheel("sensor", "1.0", SENSOR);
  assertEquals(
    await pip("install --to-board sensor"),
    "Installed sensor 1.0: 2 files in /lib of huzzah32\n",
  );
  assertEquals(await desk.run("import sensor\nprint(sensor.v)"), "1\n");
  match(await desk.run("%pip uninstall --to-board sensor"), /^Removed sensor 1\.0 from \/lib of /);
});

Deno.test("%rsync takes what %pip installed, and leaves the lock file at home", async () => {
  await using bench = await open({
    config: "huzzah32:\n    uid: UID\n    resources: [sensor, all]\n",
  });
  const { index, desk, pip } = bench;
  await index.addWheel("sensor", "1.0", SENSOR);
  await index.addWheel("more", "1.0", { "more.py": "" });
  await pip("install sensor");
  await pip("install -t all more");
  assertEquals(
    await desk.run("%rsync"),
    "ADD     /lib/all/more.py\nADD     /lib/sensor/__init__.py\nADD     /lib/sensor/data.bin\n",
  );
});
