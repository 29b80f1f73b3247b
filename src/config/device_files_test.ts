import { loadDevices, readDeviceFiles } from "./device_files.ts";
import { Environment } from "./environment.ts";
import { ConfigError, formatProblem } from "./problem.ts";
import { makeTree } from "./testing.ts";
import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";

Deno.test("readDeviceFiles() reads every YAML file of every directory, by name", async () => {
  await using tree = await makeTree({
    "one/b.yml": "b: {}\n",
    "one/a.yaml": "\ufeffa: {}\n",
    "one/.hidden.yaml": "hidden: {}\n",
    "one/notes.txt": "notes: {}\n",
    "two/c.YAML": "c: {}\n",
  });
  const { devices, problems } = await readDeviceFiles(
    new Environment({ IOT: tree.path, IOT_DEVICES: "one::$IOT/two:nowhere" }),
  );
  assertEquals(problems, []);
  assertEquals(devices.map(({ name }) => name), ["a", "b", "c"]);
});

Deno.test("readDeviceFiles() finds names and UIDs that are there twice, in any spelling", async () => {
  await using tree = await makeTree({
    "a.yaml": "x: {uid: '24:0a:c4'}\ny: {}\n",
    "b.yaml": "z: {uid: 240AC4}\ny: {}\n",
  });
  const { devices, problems } = await readDeviceFiles(new Environment({ IOT_DEVICES: tree.path }));
  assertEquals(devices.map(({ name }) => name), ["x", "y"]);
  assertEquals(problems.map(formatProblem), [
    `${tree.path}/b.yaml:1:1: the device "z" has the UID of another, 24:0a:c4. ` +
    `"x" at ${tree.path}/a.yaml:1 has it too. A UID belongs to one board.`,
    `${tree.path}/b.yaml:2:1: the device "y" is there twice. ` +
    `The other one is at ${tree.path}/a.yaml:2. Rename one of them.`,
  ]);
});

Deno.test("loadDevices() lists all problems of all files at once", async () => {
  await using tree = await makeTree({
    "a.yaml": "x: {uid: q, mpi: true}\n",
    "b.yaml": "y: [1\n",
    "c.yaml": new Uint8Array([0x61, 0x3a, 0x0a, 0xff]),
    "d.yaml": "# " + "x".repeat(300_000),
    "good.yaml": "good: {}\n",
  });
  await Deno.symlink("nowhere", `${tree.path}/e.yaml`);
  const environment = new Environment({ IOT_DEVICES: tree.path });
  await rejects(loadDevices(environment), (error) => {
    const { problems, message, exitCode } = error as ConfigError;
    assertEquals(
      problems.map(({ file, line, column }) => [file.slice(tree.path.length + 1), line, column]),
      [["a.yaml", 1, 10], ["a.yaml", 1, 13], ["b.yaml", 2, 1], ["c.yaml", 0, 0], ["d.yaml", 0, 0], [
        "e.yaml",
        0,
        0,
      ]],
    );
    assertEquals(message.split("\n").length, 6);
    assertEquals(exitCode, 2);
    return true;
  });
  const { devices } = await readDeviceFiles(environment);
  assertEquals(devices.map(({ name }) => name), ["good"]);
});

Deno.test("loadDevices() has nothing to say where nothing is configured", async () => {
  await using tree = await makeTree({});
  assertEquals(await loadDevices(new Environment({ HOME: tree.path })), []);
});
