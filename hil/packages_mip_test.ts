/** `%mip` from an index on this computer, into its libraries and onto simulated boards. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import { MemorySink } from "@/base/sink.ts";
import { MipIndex } from "./packages_testing.ts";
import { SyncDesk } from "./sync_testing.ts";

const LIBS = "iot49/libs";

async function open(options: Parameters<typeof SyncDesk.open>[0] = {}) {
  const stack = new AsyncDisposableStack();
  const index = stack.use(new MipIndex());
  const desk = stack.use(await SyncDesk.open(options));
  const libs = `${desk.home}/${LIBS}`;
  /** Runs `%mip ARGS` with the index. */
  const mip = (args: string) => desk.run(`%mip ${args} --index ${index.url}`);
  const refused = async (cell: string) => {
    const { outcome } = await desk.try(cell);
    ok(outcome.status === "error", `${cell} went well`);
    return outcome.evalue;
  };
  return {
    ...{ index, desk, libs, mip, refused },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** All files below `folder` by path, but for what is our own. */
async function filesOf(folder: string, below = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (name.startsWith(".iot-")) continue;
    const path = below + name;
    if (isDirectory) Object.assign(files, await filesOf(folder, `${path}/`));
    else files[path] = await Deno.readTextFile(`${folder}/${path}`);
  }
  return Object.fromEntries(Object.entries(files).sort());
}

async function leftovers(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).filter((name) => /stage|part/.test(name));
}

const BLE = { version: "0.1", files: { "ble/__init__.py": "v = 1\n", "ble/core.py": "c = 1\n" } };

Deno.test("%mip install brings a package and what it needs, and locks their hashes", async () => {
  await using bench = await open();
  const { index, libs, mip } = bench;
  await index.add("util", { version: "2", files: { "util.py": "u = 2\n" } });
  await index.add("ble", { ...BLE, deps: [["util", "latest"]] });
  assertEquals(
    await mip("install ble"),
    `Installed ble 0.1: 2 files in ${libs}\nInstalled util 2: 1 file in ${libs}\n`,
  );
  assertEquals(await filesOf(libs), { ...BLE.files, "util.py": "u = 2\n" });
  const lock = JSON.parse(await Deno.readTextFile(`${libs}/.iot-lock.json`));
  assertEquals(lock.packages[1].files, [{
    path: "util.py",
    size: 6,
    sha256: new Uint8Array(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode("u = 2\n")),
    ).toHex(),
  }]);
  assertEquals(lock.packages[0].source, `${index.url}/package/py/ble/0.1.json`);
  match(await mip("list"), /^ble +0\.1 +http.*\nutil +2 +http.*\n$/);
  assertEquals(await mip("freeze"), "ble@0.1\nutil@2\n");
});

Deno.test("%mip install does nothing, and asks nobody, where all is in place", async () => {
  await using bench = await open();
  const { index, libs, mip } = bench;
  await index.add("ble", BLE);
  await mip("install ble");
  const asked = index.asked.length;
  assertEquals(await mip("install ble"), `ble 0.1 is in ${libs} already\n`);
  assertEquals(await mip("install ble@0.1"), `ble 0.1 is in ${libs} already\n`);
  assertEquals(index.asked.length, asked);
});

Deno.test("%mip install keeps to the locked version, and -U does not", async () => {
  await using bench = await open();
  const { index, desk, libs, mip } = bench;
  await index.add("ble", BLE);
  await mip("install ble");
  await index.add("ble", { version: "0.2", files: { "ble/__init__.py": "v = 2\n" } });
  await Deno.remove(libs + "/ble/core.py");
  assertEquals(await desk.run("%mip install"), `Installed ble 0.1: 2 files in ${libs}\n`);
  assertEquals(await filesOf(libs), BLE.files);
  assertEquals(
    await mip("install -U ble"),
    `Installed ble 0.2 in place of 0.1: 1 file in ${libs}\n`,
  );
  assertEquals(await filesOf(libs), { "ble/__init__.py": "v = 2\n" });
  match(await mip("install ble@0.1"), /^Installed ble 0\.1 in place of 0\.2/);
});

Deno.test("%mip install says when a locked version is not what it was", async () => {
  await using bench = await open();
  const { index, libs, mip, refused } = bench;
  await index.add("ble", BLE);
  await mip("install ble");
  await index.add("ble", { ...BLE, files: { ...BLE.files, "ble/core.py": "evil = 1\n" } });
  await Deno.remove(`${libs}/ble/core.py`);
  const text = await refused("%mip install ble");
  match(
    text,
    /^ble 0\.1 is no longer what was installed from .*0\.1\.json:\n {2}ble\/core\.py: it has other content\nNothing was changed\. -U/,
  );
  assertEquals(await filesOf(libs), { "ble/__init__.py": "v = 1\n" });
  await mip("install -U ble");
  assertEquals((await filesOf(libs))["ble/core.py"], "evil = 1\n");
});

Deno.test("%mip never overwrites what is the user's own, or another package's", async () => {
  await using bench = await open({ host: { [`${LIBS}/ble/core.py`]: "mine\n" } });
  const { index, desk, libs, mip, refused } = bench;
  await index.add("ble", BLE);
  await index.add("rival", { version: "1", files: { "ble/__init__.py": "r\n", "r.py": "" } });
  match(
    await refused(`%mip install ble --index ${index.url}`),
    /ble\/core\.py: it is your own\nNothing was installed\./,
  );
  assertEquals(await filesOf(libs), { "ble/core.py": "mine\n" });
  await mip("install --force ble");
  assertEquals(await filesOf(libs), BLE.files);
  match(
    await refused(`%mip install rival --index ${index.url}`),
    /ble\/__init__\.py: it belongs to ble 0\.1/,
  );
  await desk.write(`${LIBS}/ble/core.py`, "changed\n");
  match(
    await refused(`%mip install -U ble --index ${index.url}`),
    /ble\/core\.py: it was changed since it was installed/,
  );
  match(await mip("list"), /\(1 of 2 files changed or missing\)/);
});

Deno.test("%mip uninstall removes a package's files, and keeps what was changed", async () => {
  await using bench = await open({ host: { [`${LIBS}/mine.py`]: "m" } });
  const { index, desk, libs, mip, refused } = bench;
  await index.add("util", { version: "2", files: { "util.py": "", "shared.py": "s" } });
  await index.add("ble", {
    ...BLE,
    files: { ...BLE.files, "shared.py": "s" },
    deps: [["util", ""]],
  });
  await mip("install ble");
  match(await refused("%mip uninstall util"), /Cannot remove util: ble needs it/);
  await desk.write(`${LIBS}/ble/core.py`, "changed");
  const { stdout, stderr } = await desk.try("%mip uninstall ble");
  match(stdout, /^Removed ble 0\.1 from .*\nutil came with it and nothing needs it any more/);
  match(stderr, /^Kept ble\/core\.py: changed since/);
  const left = { "ble/core.py": "changed", "mine.py": "m", "shared.py": "s", "util.py": "" };
  assertEquals(await filesOf(libs), left);
  await desk.run("%mip uninstall util");
  assertEquals(await filesOf(libs), { "ble/core.py": "changed", "mine.py": "m" });
  match(await refused("%mip uninstall utol"), /"utol" is not installed in/);
});

Deno.test("%mip refuses files with another hash, and installs nothing", async () => {
  await using bench = await open();
  const { index, libs, refused } = bench;
  await index.add("ble", BLE);
  for (const [path] of index.pages) {
    if (path.startsWith("/file/")) index.pages.set(path, "something else");
  }
  match(await refused(`%mip install ble --index ${index.url}`), /is not what the index says/);
  assertEquals(await filesOf(libs), {});
  assertEquals(await leftovers(libs), []);
});

for (const path of ["../x.py", "/x.py", "a/../../x.py", ".iot-lock.json", "a\\b.py", "a//b.py"]) {
  Deno.test(`%mip refuses a package that wants ${JSON.stringify(path)}`, async () => {
    await using bench = await open();
    const { index, libs, refused } = bench;
    await index.add("evil", { version: "1", files: { [path]: "x" } });
    match(await refused(`%mip install evil --index ${index.url}`), /Refused to install evil/);
    assertEquals(await filesOf(libs), {});
  });
}

Deno.test("%mip does not follow links out of the libraries, even with --force", async () => {
  await using bench = await open({ host: { "elsewhere/core.py": "keep" } });
  const { index, desk, libs, refused } = bench;
  await index.add("ble", BLE);
  await Deno.mkdir(libs, { recursive: true });
  await Deno.symlink(`${desk.home}/elsewhere`, `${libs}/ble`);
  match(
    await refused(`%mip install ble --force --index ${index.url}`),
    /something else in its way/,
  );
  assertEquals(await filesOf(`${desk.home}/elsewhere`), { "core.py": "keep" });
});

Deno.test("%mip says what the index lacks, and where it looked", async () => {
  await using bench = await open();
  const { index, refused } = bench;
  const text = await refused(`%mip install nope --index ${index.url}`);
  match(
    text,
    /The index has no nope: nothing is at .*\/package\/py\/nope\/latest\.json\. .*github:/,
  );
  match(await refused("%mip install 'a b'"), /"a b" is no package/);
  match(await refused("%mip install"), /Which package\?/);
  match(await refused("%mip install x --mpy --no-mpy"), /exclude each other/);
});

Deno.test("%mip installs files, folders and URLs, by their package.json", async () => {
  await using bench = await open({
    host: {
      "proj/package.json": JSON.stringify({
        urls: [["p/a.py", "src/a.py"]],
        deps: [["./other/package.json", ""]],
        version: "1.2",
      }),
      "proj/src/a.py": "a = 1\n",
      "one.py": "one = 1\n",
    },
  });
  const { index, desk, libs, refused } = bench;
  match(await refused("%mip install ~/proj"), /Cannot read ".*other\/package\.json"/);
  await desk.write("proj/package.json", JSON.stringify({ urls: [["p/a.py", "src/a.py"]] }));
  await desk.run("%mip install ~/proj ~/one.py");
  index.pages.set("/pkg/package.json", JSON.stringify({ urls: [["r.py", "r.py"]] }));
  index.pages.set("/pkg/r.py", "r = 1\n");
  index.pages.set("/two.py", "two = 2\n");
  await desk.run(`%mip install ${index.url}/pkg/ ${index.url}/two.py`);
  assertEquals(await filesOf(libs), {
    "one.py": "one = 1\n",
    "p/a.py": "a = 1\n",
    "r.py": "r = 1\n",
    "two.py": "two = 2\n",
  });
  await desk.run(`%mip uninstall ~/proj ${index.url}/two.py`);
  assertEquals(Object.keys(await filesOf(libs)), ["one.py", "r.py"]);
});

Deno.test("%mip -t installs below the libraries, with a lock of its own", async () => {
  await using bench = await open();
  const { index, desk, libs, mip, refused } = bench;
  await index.add("ble", BLE);
  await mip("install -t sensors ble");
  assertEquals(await filesOf(`${libs}/sensors`), BLE.files);
  match(await desk.run("%mip list -t sensors"), /^ble /);
  match(await desk.run("%upip list"), /^mip has installed nothing in /);
  match(await refused("%mip install -t ../x ble"), /leads out of/);
});

Deno.test("%mip install that is interrupted leaves the libraries as they were", async () => {
  await using bench = await open();
  const { index, desk, libs, mip } = bench;
  await index.add("ble", BLE);
  await mip("install ble");
  await index.add("ble", { version: "0.2", files: { "ble/x.py": "x" } });
  const controller = new AbortController();
  const held = Promise.withResolvers<void>();
  for (const [path, page] of index.pages) {
    if (!path.startsWith("/file/")) continue;
    index.pages.set(path, async () => {
      controller.abort(new Interrupted());
      await held.promise;
      return new Response(page as string);
    });
  }
  const cell = `%mip install -U ble --index ${index.url}`;
  const running = desk.notebook.session.run(cell, new MemorySink(), controller);
  try {
    ok(await within(60_000, running), "it was not interrupted");
  } finally {
    held.resolve();
  }
  const outcome = await running;
  ok(outcome.status === "error");
  assertEquals(outcome.ename, "KeyboardInterrupt");
  assertEquals(await filesOf(libs), BLE.files);
  assertEquals(await leftovers(libs), []);
  match(await desk.run("%mip list"), /^ble {2}0\.1 /);
});

Deno.test("%mip --to-board puts packages where the board imports them", async () => {
  await using bench = await open();
  const { index, desk, mip } = bench;
  await index.add("util", { version: "2", files: { "util.py": "u = 2\n" } });
  await index.add("ble", { ...BLE, deps: [["util", ""]] });
  assertEquals(
    await mip("install --to-board ble"),
    "Installed ble 0.1: 2 files in /lib of huzzah32\nInstalled util 2: 1 file in /lib of huzzah32\n",
  );
  assertEquals(await desk.run("import ble.core, util\nprint(ble.core.c + util.u)"), "3\n");
  match(await mip("list --to-board"), /^ble +0\.1 .*\nutil +2 /);
  assertEquals(await mip("install --to-board ble"), "ble 0.1 is in /lib of huzzah32 already\n");
  await index.add("ble", { version: "0.2", files: { "ble/__init__.py": "v = 2\n" } });
  match(await mip("install -U --to-board ble"), /^Installed ble 0\.2 in place of 0\.1/);
  match(await desk.run("%mip uninstall --to-board ble util"), /^Removed ble .*\nRemoved util /);
  assertEquals(await desk.run("import os\nprint(os.listdir('/lib'))"), "['.iot-lock.json']\n");
});

Deno.test("%mip --to-board works on a board that knows no SHA-256", async () => {
  await using bench = await open({ profile: "legacy", board: { "/lib/taken.py": "mine" } });
  const { index, desk, mip, refused } = bench;
  await index.add("ble", BLE);
  await index.add("taken", { version: "1", files: { "taken.py": "theirs" } });
  match(await mip("install --to-board ble"), /^Installed ble 0\.1: 2 files in \/lib of /);
  assertEquals(await mip("install --to-board ble"), "ble 0.1 is in /lib of huzzah32 already\n");
  match(await refused(`%mip install --to-board taken --index ${index.url}`), /it is your own/);
  match(await desk.run("%mip uninstall --to-board ble"), /^Removed ble /);
  match(await desk.run("import os\nprint(os.listdir('/lib'))"), /^\['(?!.*ble)/);
});

Deno.test("%mip --to-board takes .mpy files where the index has them for the board", async () => {
  await using bench = await open();
  const { index, desk, refused } = bench;
  await index.add("ble", BLE);
  await index.add("ble", { version: "0.1", files: { "ble.mpy": "not really" }, form: 6 });
  const ask = "import os\nprint(os.listdir('/lib'))";
  await desk.run(`%mip install --to-board ble --index ${index.url}`);
  match(await desk.run(ask), /'ble\.mpy'/);
  await desk.run(`%mip install --to-board --no-mpy ble --index ${index.url}`);
  match(await desk.run(ask), /'ble'/);
  ok(!/mpy/.test(await desk.run(ask)));
  await index.add("plain", { version: "1", files: { "plain.py": "" } });
  match(
    await refused(`%mip install --to-board --mpy plain --index ${index.url}`),
    /nothing is at .*\/package\/6\/plain\/latest\.json\./,
  );
});

Deno.test("%mip --to-board does not overwrite what is not the package's", async () => {
  await using bench = await open({ board: { "/lib/ble/core.py": "mine\n" } });
  const { index, mip, refused } = bench;
  await index.add("ble", BLE);
  match(
    await refused(`%mip install --to-board ble --index ${index.url}`),
    /ble\/core\.py: it is your own/,
  );
  await mip("install --force --to-board ble");
});

Deno.test("iot mip takes the same arguments, and options anywhere", async () => {
  await using bench = await open({ surface: "shell" });
  const { index, desk, libs } = bench;
  await index.add("ble", BLE);
  const args = ["install", "-t", "x", "ble", "--index", index.url];
  const { outcome, stdout } = await desk.call("mip", args);
  assertEquals(outcome.status, "ok");
  assertEquals(stdout, `Installed ble 0.1: 2 files in ${libs}/x\n`);
});
