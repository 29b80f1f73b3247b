import { deepStrictEqual as assertEquals, ok, rejects } from "node:assert/strict";
import { ipythonDirectory } from "./ipython_directory.ts";
import { writePickle } from "./pickle_writer.ts";
import { reprOf, reprOfFloat } from "./python_repr.ts";
import type { Value } from "./value.ts";
import { VariableStore } from "./variable_store.ts";

/** A home with nothing in it. */
async function withHome(work: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.realPath(await Deno.makeTempDir());
  try {
    await work(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const variablesOf = (variables: Record<string, string>) => (name: string) => variables[name];

Deno.test("IPython's directory is found as IPython finds it", async () => {
  await withHome(async (home) => {
    const find = (variables: Record<string, string>) => ipythonDirectory(variablesOf(variables));
    assertEquals(await find({ HOME: home }), `${home}/.ipython`);
    assertEquals(await find({ HOME: home, IPYTHONDIR: "/x/y/" }), "/x/y");
    assertEquals(await find({ HOME: home, IPYTHONDIR: "~/y" }), `${home}/y`);
    await Deno.mkdir(`${home}/.config/ipython`, { recursive: true });
    assertEquals(await find({ HOME: home }), `${home}/.config/ipython`);
    await Deno.mkdir(`${home}/.ipython`);
    assertEquals(await find({ HOME: home }), `${home}/.ipython`);
    await rejects(find({}), /neither HOME nor IPYTHONDIR is set/);
  });
});

Deno.test("VariableStore keeps, lists and forgets", async () => {
  await withHome(async (home) => {
    const store = await VariableStore.open(variablesOf({ IPYTHONDIR: home }));
    assertEquals(await store.names(), []);
    await store.write("b", 1n);
    await store.write("a", { kind: "list", items: ["x"] });
    await store.write("b", 2n);
    assertEquals(await store.names(), ["a", "b"]);
    assertEquals(await store.read("b"), 2n);
    const entries = await Array.fromAsync(Deno.readDir(`${home}/profile_default/db`));
    assertEquals(entries.map(({ name }) => name), ["autorestore"]);
    await rejects(store.read("aa"), /No variable is stored as "aa"\. Did you mean "a"\?/);
    await store.forget("b");
    assertEquals(await store.names(), ["a"]);
    await rejects(store.forget("b"), { name: "UsageError" });
    for (const name of ["../a", "", "a/b", ".x", "a b"]) {
      await rejects(store.write(name, 1n), { name: "UsageError" }, name);
      await rejects(store.read(name), { name: "UsageError" }, name);
    }
  });
});

Deno.test("each writing of a file has a second of its own, by which IPython knows it anew", async () => {
  await withHome(async (home) => {
    const store = await VariableStore.open(variablesOf({ IPYTHONDIR: home }));
    const path = `${home}/profile_default/db/autorestore/v`;
    const seconds = new Set<number>();
    for (let round = 0; round < 4; round++) {
      await store.write("v", BigInt(round));
      seconds.add(Math.floor((await Deno.stat(path)).mtime!.getTime() / 1_000));
      if (round === 2) await store.forget("v");
    }
    ok(seconds.size >= 3, String([...seconds]));
  });
});

Deno.test("a variable that was forgotten comes back with a later second, whatever was kept between", async () => {
  await withHome(async (home) => {
    const store = await VariableStore.open(variablesOf({ IPYTHONDIR: home }));
    const path = `${home}/profile_default/db/autorestore/v`;
    const second = async () => Math.floor((await Deno.stat(path)).mtime!.getTime() / 1000);
    for (let value = 0n; value < 4n; value++) await store.write("v", value);
    const before = await second();
    await store.forget("v");
    await store.write("other", 1n);
    await store.write("v", 5n);
    ok(await second() > before, `${await second()} and ${before}`);
  });
});

Deno.test("writers at the same time never tear a file", async () => {
  await withHome(async (home) => {
    const stores = await Promise.all(
      [1, 2, 3].map(() => VariableStore.open(variablesOf({ IPYTHONDIR: home }))),
    );
    const values: Value[] = [1, 2, 3].map((n) => ({
      kind: "bytes",
      data: new Uint8Array(50_000 * n).fill(n),
    }));
    await stores[0].write("v", values[0]);
    let isWriting = true;
    const writing = Promise.all(stores.map(async (store, index) => {
      for (let round = 0; round < 10; round++) await store.write("v", values[index]);
    })).finally(() => isWriting = false);
    while (isWriting) {
      const value = await stores[0].read("v") as { data: Uint8Array };
      ok(value.data.length === 50_000 * value.data[0]);
      ok(value.data.every((byte) => byte === value.data[0]));
    }
    await writing;
    assertEquals(await stores[0].names(), ["v"]);
  });
});

Deno.test("a file that another program is writing is read when it is whole", async () => {
  await withHome(async (home) => {
    const path = `${home}/autorestore/v`;
    const whole = writePickle("a text that is written piece by piece");
    let written = 0;
    const store = new VariableStore(home, {
      wait: () => Deno.writeFile(path, whole.subarray(0, written += 8)),
    });
    await store.write("v", null);
    await Deno.writeFile(path, new Uint8Array());
    assertEquals(await store.read("v"), "a text that is written piece by piece");
    written = -Infinity; // never more than nothing
    await Deno.writeFile(path, new Uint8Array());
    await rejects(store.read("v"), /Cannot read what is stored as "v".*ends in the middle/);
    await Deno.writeTextFile(path, "no pickle");
    await rejects(store.read("v"), /Cannot read what is stored as "v".*%store -d v/);
    assertEquals(await store.names(), ["v"]);
  });
});

Deno.test("values are shown as Python shows them", () => {
  const floats: [number, string][] = [
    [1e16, "1e+16"],
    [123456789012345680, "1.2345678901234568e+17"],
    [1e15, "1000000000000000.0"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [-0, "-0.0"],
    [1e300, "1e+300"],
  ];
  for (const [value, text] of floats) assertEquals(reprOfFloat(value), text);
  assertEquals(reprOf("it's"), `"it's"`);
  assertEquals(reprOf(`'"\n\x7f`), `'\\'"\\n\\x7f'`);
  assertEquals(reprOf({ kind: "tuple", items: [true] }), "(True,)");
  assertEquals(reprOf({ kind: "list", items: [1n, 2n, 3n] }, 5), "[1, 2");
});
