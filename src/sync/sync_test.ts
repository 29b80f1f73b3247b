/** `compare()` and `applySync()` together, on files in memory. */

import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import fc from "fast-check";
import { makeTree } from "@/config/testing.ts";
import { applySync } from "./apply.ts";
import { MemoryBoardFiles } from "./board_files_testing.ts";
import { localTree } from "./local.ts";
import { formatStep } from "./plan.ts";
import { compare } from "./sync.ts";
import { deviceWith } from "./testing.ts";

/** Files by path; a name is either a file's or a folder's, so that trees can be put together. */
const TREE = fc.dictionary(
  fc.tuple(
    fc.array(fc.constantFrom("d", "e", ".f", "x"), { maxLength: 2 }),
    fc.constantFrom("a.py", "b.py", ".h"),
  ).map(([folders, name]) => [...folders, name].join("/")),
  fc.string({ maxLength: 3 }),
  { maxKeys: 8 },
);

function prefixed(tree: Record<string, string>, prefix: string): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).map(([path, text]) => [prefix + path, text]));
}

async function sync(
  board: MemoryBoardFiles,
  files: Record<string, string>,
  { updateOnly = false, device = deviceWith({ p: {} }) } = {},
) {
  await using host = await makeTree({ "libs/p/keep": "k", ...files });
  const tree = await localTree(device, { libs: [`${host.path}/libs`] });
  const steps = await compare(board, { device, tree, updateOnly });
  const done: string[] = [];
  try {
    await applySync(board, steps, { onDone: (step) => done.push(formatStep(step)) });
  } catch (error) {
    throw Object.assign(error as Error, { done });
  }
  return { planned: steps.map(formatStep), done };
}

Deno.test("a sync adds, updates and then deletes", async () => {
  const board = new MemoryBoardFiles({ "/lib/p/b": "old", "/x/y/z": "", "/.keep": "", "/a": "" });
  const { planned, done } = await sync(board, { "libs/p/a": "1", "libs/p/b": "2" });
  assertEquals(done, planned);
  assertEquals(planned, [
    "ADD     /lib/p/a",
    "ADD     /lib/p/keep",
    "UPDATE  /lib/p/b",
    "DELETE  /a",
    "DELETE  /x/y/z",
    "DELETE  /x/y/",
    "DELETE  /x/",
  ]);
  assertEquals(board.texts, { "/.keep": "", "/lib/p/a": "1", "/lib/p/b": "2", "/lib/p/keep": "k" });
  assertEquals((await sync(board, { "libs/p/a": "1", "libs/p/b": "2" })).planned, []);
});

Deno.test("a sync with -u deletes none", async () => {
  const board = new MemoryBoardFiles({ "/a": "" });
  const { planned } = await sync(board, {}, { updateOnly: true });
  assertEquals(planned, ["ADD     /lib/p/keep"]);
  assertEquals(Object.keys(board.texts), ["/a", "/lib/p/keep"]);
});

Deno.test("a sync deletes first when the board is full, and goes on where it was", async () => {
  const board = new MemoryBoardFiles({ "/old": "x".repeat(90) });
  board.capacityBytes = 100;
  const { done } = await sync(board, { "libs/p/a": "1234", "libs/p/b": "x".repeat(20) });
  assertEquals(done, [
    "ADD     /lib/p/a",
    "DELETE  /old",
    "ADD     /lib/p/b",
    "ADD     /lib/p/keep",
  ]);
  assertEquals(board.log, ["put /lib/p/a", "remove /old", "put /lib/p/b", "put /lib/p/keep"]);
});

Deno.test("a sync that fails has told what is done", async () => {
  const board = new MemoryBoardFiles();
  board.capacityBytes = 10;
  await rejects(
    sync(board, { "libs/p/a": "1234", "libs/p/b": "x".repeat(20) }),
    (error: Error & { done?: string[]; code?: string }) => {
      assertEquals([error.code, error.done], ["full", ["ADD     /lib/p/a"]]);
      return true;
    },
  );
});

Deno.test("a sync deletes nothing on file systems that no resource goes to", async () => {
  const board = new MemoryBoardFiles({ "/a": "", "/sd/data": "", "/rom/x": "", "/spi/y": "" });
  const volume = { totalBytes: 9, freeBytes: 9 };
  board.mounts = ["/", "/sd", "/spi"].map((path) => ({ ...volume, path }));
  board.mounts.push({ ...volume, path: "/rom", readOnly: true });
  const device = deviceWith({ p: { installDir: "/spi/lib" } });
  const { planned } = await sync(board, {}, { device });
  assertEquals(planned, ["ADD     /spi/lib/p/keep", "DELETE  /a", "DELETE  /spi/y"]);
});

Deno.test("a board that is as it should be is asked one question", async () => {
  const board = new MemoryBoardFiles({ "/lib/p/keep": "k" });
  board.volumes = () => Promise.reject(new Error("asked for its volumes"));
  assertEquals((await sync(board, {})).planned, []);
});

Deno.test("after any sync, the next one finds nothing to do, and what is protected is there", () =>
  fc.assert(
    fc.asyncProperty(TREE, TREE, async (host, there) => {
      const device = deviceWith({ p: { unpack: true, installDir: "/" } }, { exclude: ["x"] });
      const board = new MemoryBoardFiles(prefixed(there, "/"));
      const before = board.texts;
      await sync(board, prefixed(host, "libs/p/"), { device });
      const after = board.texts;
      assertEquals((await sync(board, prefixed(host, "libs/p/"), { device })).planned, []);
      for (const [path, text] of Object.entries(before)) {
        if (/\/(?:\.|x(?:\/|$))/.test(path)) assertEquals(after[path], text, path);
      }
    }),
    { numRuns: 60 },
  ));
