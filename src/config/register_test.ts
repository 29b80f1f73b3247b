import { loadDevices } from "./device_files.ts";
import { Environment } from "./environment.ts";
import { registerDevice } from "./register.ts";
import { makeTree } from "./testing.ts";
import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";

const UID = "e6:61:4c";

Deno.test("registerDevice() makes the first directory and a file in it", async () => {
  await using tree = await makeTree({ "second/a.yaml": "a: {}\n" });
  const environment = new Environment({ IOT: tree.path, IOT_DEVICES: "first/new:second" });
  const file = `${tree.path}/first/new/devices.yaml`;
  const added = await registerDevice({ name: "pico", uid: UID }, environment);
  assertEquals(added, { change: "added", file });
  assertEquals((await loadDevices(environment)).map(({ name, uid }) => [name, uid]), [
    ["pico", UID],
    ["a", undefined],
  ]);
  const again = await registerDevice({ name: "pico", uid: UID }, environment);
  assertEquals(again, { change: "known", file });
});

Deno.test("registerDevice() writes to the only file there, through a link, and leaves nothing beside it", async () => {
  await using tree = await makeTree({ "real/all.yaml": "# mine\na: {}\n", "devices/.keep": "" });
  await Deno.chmod(`${tree.path}/real/all.yaml`, 0o640);
  await Deno.symlink("../real/all.yaml", `${tree.path}/devices/my.yml`);
  const environment = new Environment({ IOT: tree.path, IOT_DEVICES: "devices" });
  await registerDevice({ name: "pico", uid: UID }, environment);
  assertEquals(
    await Deno.readTextFile(`${tree.path}/real/all.yaml`),
    "# mine\na: {}\n\npico:\n    uid: e6:61:4c\n",
  );
  assertEquals((await Deno.stat(`${tree.path}/real/all.yaml`)).mode! & 0o777, 0o640);
  assertEquals((await Deno.lstat(`${tree.path}/devices/my.yml`)).isSymlink, true);
  assertEquals(await Array.fromAsync(Deno.readDir(`${tree.path}/real`), ({ name }) => name), [
    "all.yaml",
  ]);
});

Deno.test("registerDevice() completes a device without UID and renames one that has it", async () => {
  await using tree = await makeTree({
    "a.yaml": "x: {}\n",
    "b.yaml": "pico:\n  mpy: true # fast\n",
  });
  const environment = new Environment({ IOT_DEVICES: tree.path });
  const file = `${tree.path}/b.yaml`;
  const completed = await registerDevice({ name: "pico", uid: UID }, environment);
  assertEquals(completed, { change: "completed", file });
  const renamed = await registerDevice({ name: "robot", uid: UID }, environment);
  assertEquals(renamed, { change: "renamed", file, before: "pico" });
  assertEquals(
    await Deno.readTextFile(file),
    "robot:\n  uid: e6:61:4c\n  mpy: true # fast\n",
  );
});

Deno.test("registerDevice() refuses names that are taken or are none", async () => {
  await using tree = await makeTree({ "a.yaml": "pico: {uid: '11:22'}\nrobot: {}\n" });
  const environment = new Environment({ IOT_DEVICES: tree.path });
  const register = (name: string, uid = UID) => registerDevice({ name, uid }, environment);
  await rejects(register("pico"), {
    name: "UsageError",
    message: /a.yaml:1 has it with another UID, 11:22/,
  });
  await rejects(register("robot", "11:22"), { message: /this board is "pico"/ });
  await rejects(register("a b"), { message: /cannot be a device's name/ });
  await rejects(register("x", ""), { message: /no UID/ });
  assertEquals(await Deno.readTextFile(`${tree.path}/a.yaml`), "pico: {uid: '11:22'}\nrobot: {}\n");
});

Deno.test("registerDevice() leaves a file with problems alone, and names them", async () => {
  await using tree = await makeTree({ "a.yaml": "pico: [\n" });
  const environment = new Environment({ IOT_DEVICES: tree.path });
  await rejects(registerDevice({ name: "x", uid: UID }, environment), {
    name: "ConfigError",
    message: /a\.yaml:2:1: /,
  });
  assertEquals(await Deno.readTextFile(`${tree.path}/a.yaml`), "pico: [\n");
});
