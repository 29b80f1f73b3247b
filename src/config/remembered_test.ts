import { Remembered } from "./remembered.ts";
import { makeTree } from "./testing.ts";
import { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";

const DEVICE = { uid: "e6:61", url: "serial:///dev/ttyACM0" };

Deno.test("Remembered keeps a device for each notebook, else for each directory", async () => {
  await using tree = await makeTree({});
  const variables = (session?: string) => (name: string) =>
    ({ XDG_DATA_HOME: tree.path, JPY_SESSION_NAME: session })[name];
  const notebook = new Remembered(variables("/home/ada/Blink é.ipynb"));
  assertEquals(await notebook.get(), undefined);
  await notebook.set(DEVICE);
  assertEquals(await new Remembered(variables("/home/ada/Blink é.ipynb")).get(), DEVICE);
  assertEquals(await new Remembered(variables("/home/ada/other.ipynb")).get(), undefined);
  const here = new Remembered(variables(), { cwd: "/home/ada" });
  assertEquals(await here.get(), undefined);
  await here.set({ ...DEVICE, uid: "" });
  assertEquals(await here.get(), { ...DEVICE, uid: "" });
  await here.forget();
  await here.forget();
  assertEquals(await here.get(), undefined);
  assertEquals(await notebook.get(), DEVICE);
  assertEquals((await Deno.stat(`${tree.path}/iot/remembered`)).mode! & 0o777, 0o700);
});

Deno.test("Remembered keeps the two hundred that were used last", async () => {
  await using tree = await makeTree({});
  const directory = `${tree.path}/iot/remembered`;
  await Deno.mkdir(directory, { recursive: true });
  for (let i = 0; i < 250; i++) {
    await Deno.writeTextFile(`${directory}/${i}.json`, "{}");
    await Deno.utime(`${directory}/${i}.json`, i, i);
  }
  const variables = (name: string) => name === "XDG_DATA_HOME" ? tree.path : undefined;
  const remembered = new Remembered(variables, { cwd: "/x" });
  await remembered.set(DEVICE);
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assertEquals(names.length, 200);
  assert(names.includes("249.json") && !names.includes("50.json"));
  assertEquals(await remembered.get(), DEVICE);
});

Deno.test("Remembered forgets what it cannot read, and remembers nothing without a home", async () => {
  await using tree = await makeTree({});
  const variables = (name: string) => name === "XDG_DATA_HOME" ? tree.path : undefined;
  const remembered = new Remembered(variables, { cwd: "/x" });
  await remembered.set(DEVICE);
  const directory = `${tree.path}/iot/remembered`;
  const [{ name }] = await Array.fromAsync(Deno.readDir(directory));
  for (const text of ["", "{", "null", '{"key": 1}']) {
    await Deno.writeTextFile(`${directory}/${name}`, text);
    assertEquals(await remembered.get(), undefined, text);
  }
  assertEquals(await new Remembered(() => undefined, { cwd: "/x" }).get(), undefined);
});
