import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import { makeTree } from "@/config/testing.ts";
import { FolderShelf } from "./folder_shelf.ts";
import { packageFile } from "./package.ts";

const signal = AbortSignal.timeout(300_000);

Deno.test("a folder is changed by one program at a time", async () => {
  await using tree = await makeTree({});
  const options = { signal, changes: true, busyMs: 1 };
  {
    await using _first = await FolderShelf.open(tree.path, options);
    await rejects(FolderShelf.open(tree.path, options), /Another program installs packages in/);
    // Looking is free.
    await using reader = await FolderShelf.open(tree.path, { ...options, changes: false });
    assertEquals(await reader.readLock({ signal }), { packages: [] });
  }
  await using _next = await FolderShelf.open(tree.path, options);
});

Deno.test("FolderShelf.statesOf() tells what is where a file belongs, and follows no links", async () => {
  await using tree = await makeTree({ "a.py": "one", "b.py": "two", "d/x.py": "" });
  await Deno.symlink(`${tree.path}/d`, `${tree.path}/link`);
  await Deno.symlink(`${tree.path}/a.py`, `${tree.path}/l.py`);
  await using shelf = await FolderShelf.open(tree.path, { signal, changes: false });
  const paths = ["a.py", "b.py", "c.py", "d", "d/y.py", "link/x.py", "l.py", "a.py/x.py", "n/m.py"];
  const bytes = new TextEncoder().encode("one");
  const files = await Promise.all(paths.map((path) => packageFile(path, bytes)));
  assertEquals([...await shelf.statesOf(files, { signal })], [
    ["a.py", "same"],
    ["b.py", "other"],
    ["c.py", "missing"],
    ["d", "blocked"],
    ["d/y.py", "missing"],
    ["link/x.py", "blocked"],
    ["l.py", "blocked"],
    ["a.py/x.py", "blocked"],
    ["n/m.py", "missing"],
  ]);
});

Deno.test("a folder that cannot be made is said so", async () => {
  await using tree = await makeTree({ "file": "" });
  const opening = FolderShelf.open(`${tree.path}/file/libs`, { signal, changes: true });
  await rejects(opening, /Cannot use ".*\/file\/libs": there is a file where a folder is wanted\./);
});
