import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import { makeTree } from "@/config/testing.ts";
import { packageFile } from "./package.ts";
import { commit, recover } from "./transaction.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** All files below `folder`, with their text; folders that are empty end with `/`. */
async function filesOf(folder: string, below = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    const path = below + name;
    if (!isDirectory) files[path] = await Deno.readTextFile(`${folder}/${path}`);
    else {
      const inside = await filesOf(folder, `${path}/`);
      Object.assign(files, Object.keys(inside).length === 0 ? { [`${path}/`]: "" } : inside);
    }
  }
  return Object.fromEntries(Object.entries(files).sort());
}

const BEFORE = { ".iot-lock.json": "old", "a.py": "1", "gone/x.py": "2", "mine.py": "m" };
const AFTER = { ".iot-lock.json": "new", "a.py": "one", "mine.py": "m", "p/b.py": "three" };

async function changes() {
  return {
    write: [await packageFile("a.py", encode("one")), await packageFile("p/b.py", encode("three"))],
    remove: ["gone/x.py"],
    lock: "new",
  };
}

Deno.test("commit() writes, replaces and removes, and leaves nothing beside", async () => {
  await using tree = await makeTree(BEFORE);
  await commit(tree.path, await changes(), { signal: new AbortController().signal });
  assertEquals(await filesOf(tree.path), AFTER);
});

Deno.test("commit() that is interrupted leaves all as it was", async () => {
  await using tree = await makeTree(BEFORE);
  const signal = AbortSignal.abort(new Error("stopped"));
  await rejects(commit(tree.path, await changes(), { signal }), /stopped/);
  assertEquals(await filesOf(tree.path), BEFORE);
});

/** The calls that move something: a computer can be switched off before each of them. */
const MOVING = ["rename", "mkdir", "remove", "open"] as const;

/** Runs `work` until its call number `count`, where the world ends; whether it came so far. */
async function diesAt(count: number, work: () => Promise<void>): Promise<boolean> {
  const real = Object.fromEntries(MOVING.map((name) => [name, Deno[name]]));
  let calls = 0;
  let isDead = false;
  for (const name of MOVING) {
    // deno-lint-ignore no-explicit-any -- stands in for functions of several shapes
    (Deno as any)[name] = (...args: unknown[]) => {
      if (++calls >= count) isDead = true;
      // Nothing is done any more, not even tidying up.
      if (isDead) return Promise.reject(new Error("switched off"));
      // deno-lint-ignore no-explicit-any -- as above
      return (real[name] as any).apply(Deno, args);
    };
  }
  try {
    await work();
  } catch (error) {
    if (!isDead) throw error;
  } finally {
    Object.assign(Deno, real);
  }
  return isDead;
}

Deno.test("recover() makes all or nothing of a commit() that died at any point", async () => {
  const seen = new Set<string>();
  let count = 1;
  for (let alive = false; !alive; count++) {
    await using tree = await makeTree(BEFORE);
    const work = await changes();
    const { signal } = new AbortController();
    alive = !await diesAt(count, () => commit(tree.path, work, { signal }));
    await recover(tree.path);
    const files = await filesOf(tree.path);
    const isAfter = files[".iot-lock.json"] === "new";
    assertEquals(files, isAfter ? AFTER : BEFORE, `died at call ${count}`);
    seen.add(isAfter ? "after" : "before");
  }
  assertEquals([...seen].sort(), ["after", "before"]);
});

Deno.test("recover() may die at any point itself", async () => {
  const { signal } = new AbortController();
  for (let first = 1, alive = false; !alive; first += 3) {
    for (let second = 1, done = false; !done; second++) {
      await using tree = await makeTree(BEFORE);
      const work = await changes();
      alive = !await diesAt(first, () => commit(tree.path, work, { signal }));
      done = !await diesAt(second, () => recover(tree.path));
      await recover(tree.path);
      const files = await filesOf(tree.path);
      const expected = files[".iot-lock.json"] === "new" ? AFTER : BEFORE;
      assertEquals(files, expected, `died at call ${first}, and again at ${second}`);
    }
  }
});
