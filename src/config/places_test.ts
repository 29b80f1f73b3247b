import { makePrivateDirectory, place, type PlaceKind } from "./places.ts";
import { makeTree } from "./testing.ts";
import { deepStrictEqual as assertEquals, rejects, throws } from "node:assert/strict";

const KINDS: readonly PlaceKind[] = ["config", "data", "cache", "runtime"];

/** A system, its variables, and the places of config, data, cache and runtime. */
const TABLE: readonly [typeof Deno.build.os, Record<string, string>, string[]][] = [
  ["linux", { HOME: "/home/ada" }, [
    "/home/ada/.config/iot",
    "/home/ada/.local/share/iot",
    "/home/ada/.cache/iot",
    "/tmp/iot-7",
  ]],
  ["linux", {
    HOME: "/h",
    XDG_CONFIG_HOME: "/c",
    XDG_DATA_HOME: "/d",
    XDG_CACHE_HOME: "relative",
    XDG_RUNTIME_DIR: "/run/user/7",
  }, ["/c/iot", "/d/iot", "/h/.cache/iot", "/run/user/7/iot"]],
  ["darwin", { HOME: "/Users/ada", TMPDIR: "/var/folders/x/" }, [
    "/Users/ada/.config/iot",
    "/Users/ada/Library/Application Support/iot",
    "/Users/ada/Library/Caches/iot",
    "/var/folders/x/iot-7",
  ]],
  ["windows", { APPDATA: "C:\\A", LOCALAPPDATA: "C:\\L" }, [
    "C:\\A\\iot",
    "C:\\L\\iot\\data",
    "C:\\L\\iot\\cache",
    "C:\\L\\iot\\run",
  ]],
];

for (const [os, variables, places] of TABLE) {
  Deno.test(`place() on ${os} with ${Object.keys(variables)}`, () => {
    const read = (name: string) => variables[name];
    assertEquals(KINDS.map((kind) => place(kind, read, { os, uid: 7 })), places);
  });
}

Deno.test("place() says what is missing", () => {
  throws(() => place("data", () => undefined, { os: "linux" }), /HOME is not set/);
  throws(() => place("data", () => undefined, { os: "windows" }), /LOCALAPPDATA is not set/);
});

Deno.test("makePrivateDirectory() makes it for its user alone, and refuses a file", async () => {
  await using tree = await makeTree({ file: "" });
  const path = `${tree.path}/a/b`;
  await makePrivateDirectory(path);
  await makePrivateDirectory(path);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
  await rejects(makePrivateDirectory(`${tree.path}/file`), { name: "IotError" });
});

Deno.test("makePrivateDirectory() closes one that was open to others", async () => {
  await using tree = await makeTree({ "open/file": "" });
  const path = `${tree.path}/open`;
  await Deno.chmod(path, 0o755);
  await makePrivateDirectory(path);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
  await Deno.symlink(path, `${tree.path}/link`);
  await Deno.chmod(path, 0o750);
  await makePrivateDirectory(`${tree.path}/link`);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
});
