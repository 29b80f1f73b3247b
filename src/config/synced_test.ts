import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { SyncedBoards } from "./synced.ts";
import { makeTree } from "./testing.ts";

Deno.test("SyncedBoards keeps boards by their UID", async () => {
  await using tree = await makeTree({});
  const open = () => new SyncedBoards((name) => name === "XDG_DATA_HOME" ? tree.path : undefined);
  assertEquals(await open().has("24:0a"), false);
  await open().add("24:0a");
  await open().add("24:0a");
  assertEquals([await open().has("24:0a"), await open().has("24:0b")], [true, false]);
});

Deno.test("SyncedBoards never knows a board without a UID, nor where there is no home", async () => {
  await using tree = await makeTree({});
  const boards = new SyncedBoards((name) => name === "XDG_DATA_HOME" ? tree.path : undefined);
  await boards.add("");
  assertEquals(await boards.has(""), false);
  assertEquals(await new SyncedBoards(() => undefined).has("24:0a"), false);
});
