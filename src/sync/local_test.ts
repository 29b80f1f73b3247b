import { deepStrictEqual as assertEquals, match, rejects } from "node:assert/strict";
import { ConfigError } from "@/config/problem.ts";
import { makeTree } from "@/config/testing.ts";
import { BoardFilesError } from "@/device/files/files_error.ts";
import { exclusionsOf, localTree } from "./local.ts";
import { deviceWith } from "./testing.ts";

const SEED = {
  "libs/pystone.py": "pystone",
  "libs/secrets.py": "secrets",
  "libs/bno055/bno055.py": "a",
  "libs/bno055/bno055_base.py": "b",
  "libs/bno055/__pycache__/bno055.cpython-311.pyc": "x",
  "libs/bno055/.hidden": "x",
  "libs/.git/config": "x",
  "libs/esp32/boot.py": "boot",
  "libs/esp32/lib/ota32/__init__.py": "ota",
};

type Resources = Parameters<typeof deviceWith>[0];

async function pathsOf(
  files: Record<string, string>,
  resources: Resources,
  options: Parameters<typeof deviceWith>[1] = {},
): Promise<string[]> {
  await using tree = await makeTree(files);
  const device = deviceWith(resources, options);
  const { files: found } = await localTree(device, { libs: [`${tree.path}/libs`] });
  return found.map(({ path }) => path);
}

const PLACES: [string, Resources, string[]][] = [
  ["a file", { "pystone.py": {} }, ["/lib/pystone.py"]],
  ["a folder without __init__.py", { bno055: {} }, [
    "/lib/bno055/bno055.py",
    "/lib/bno055/bno055_base.py",
  ]],
  ["an unpacked folder", { esp32: { installDir: "/", unpack: true } }, [
    "/boot.py",
    "/lib/ota32/__init__.py",
  ]],
  ["a file in a folder of its own", { "secrets.py": { installDir: "/spi" } }, ["/spi/secrets.py"]],
  ["a folder at the root", { bno055: { installDir: "/" } }, [
    "/bno055/bno055.py",
    "/bno055/bno055_base.py",
  ]],
  ["a path", { "bno055/bno055.py": {} }, ["/lib/bno055/bno055.py"]],
  ["an unpacked path", { "bno055/bno055.py": { unpack: true } }, ["/lib/bno055.py"]],
  ["excluded files", { bno055: { exclude: ["*_base.py"] } }, ["/lib/bno055/bno055.py"]],
  ["an excluded folder", {
    esp32: { installDir: "/", unpack: true, exclude: ["/lib/ota32/"] },
  }, ["/boot.py"]],
  ["included files", { bno055: { include: ["bno055_*.py"] } }, ["/lib/bno055/bno055_base.py"]],
  ["no resources", {}, []],
];

for (const [what, resources, expected] of PLACES) {
  Deno.test(`localTree() puts ${what} where it belongs`, async () => {
    assertEquals(await pathsOf(SEED, resources), expected);
  });
}

Deno.test("localTree() takes the first of the libs that has a resource", async () => {
  await using tree = await makeTree({ "a/x.py": "a", "b/x.py": "bb", "b/y.py": "b" });
  const libs = [`${tree.path}/a/`, `${tree.path}/b`];
  const own = await localTree(deviceWith({ "x.py": {}, "y.py": {} }, { libs }), { libs: [] });
  assertEquals(own.files.map(({ path, size }) => [path, size]), [["/lib/x.py", 1], [
    "/lib/y.py",
    1,
  ]]);
  const given = await localTree(deviceWith({ "x.py": {} }), { libs: libs.toReversed() });
  assertEquals(given.files[0].size, 2);
});

Deno.test("localTree() names all resources that are not there, with their lines", async () => {
  await using tree = await makeTree({ "libs/a.py": "" });
  const libs = [`${tree.path}/libs`];
  await rejects(localTree(deviceWith({ "a.py": {}, "b.py": {}, c: {} }), { libs }), (error) => {
    match(String(error), /rig\.yaml:3:7: the resource "b\.py" was not found in .*\/libs\./);
    match(String(error), /the resource "c" was not found/);
    return error instanceof ConfigError && error.exitCode === 2;
  });
});

Deno.test("localTree() refuses two files for one path, and names both", async () => {
  const files = { "libs/a/boot.py": "", "libs/b/boot.py": "" };
  const unpacked = { installDir: "/", unpack: true };
  await rejects(
    pathsOf(files, { a: unpacked, b: unpacked }),
    /libs\/a\/boot\.py" and ".*libs\/b\/boot\.py" both go to "\/boot\.py"/,
  );
});

Deno.test("localTree() refuses a file where another resource needs a folder", async () => {
  const files = { "libs/a/x": "", "libs/b/x/y.py": "" };
  const unpacked = { installDir: "/", unpack: true };
  await rejects(pathsOf(files, { a: unpacked, b: unpacked }), /both go to "\/x"/);
});

Deno.test("localTree() takes names with blanks, quotes, per cent, letters of all kinds", async () => {
  const names = [`a b.py`, `it's "x".py`, "100%.txt", "größe 漢字 🐍.py", "x".repeat(255)];
  const files = Object.fromEntries(names.map((name) => [`libs/p/${name}`, name]));
  const expected = names.map((name) => `/lib/p/${name}`).sort((a, b) => a < b ? -1 : 1);
  assertEquals(await pathsOf(files, { p: {} }), expected);
});

Deno.test("localTree() follows links inside a resource, and a resource that is one", async () => {
  await using tree = await makeTree({ "libs/p/a/x.py": "x", "src/q/y.py": "y" });
  const libs = [`${tree.path}/libs`];
  await Deno.symlink("a/x.py", `${libs[0]}/p/link.py`);
  await Deno.symlink("a", `${libs[0]}/p/b`);
  await Deno.symlink("../src/q", `${libs[0]}/q`);
  const { files } = await localTree(deviceWith({ p: {}, q: {} }), { libs });
  assertEquals(files.map(({ path }) => path), [
    "/lib/p/a/x.py",
    "/lib/p/b/x.py",
    "/lib/p/link.py",
    "/lib/q/y.py",
  ]);
});

const LINKS: [string, string, RegExp][] = [
  ["out of the resource", "../other.py", /link ".*\/p\/link": it leads to ".*other\.py", outside/],
  ["to a neighbour whose name begins alike", "../pp", /outside/],
  ["nowhere", "missing.py", /leads nowhere/],
  ["in a circle", ".", /circle/],
  ["up in a circle", "../p/a", /circle/],
];

for (const [where, target, expected] of LINKS) {
  Deno.test(`localTree() refuses a link that leads ${where}, unless it is excluded`, async () => {
    await using tree = await makeTree({
      "libs/p/x.py": "",
      "libs/p/a/y.py": "",
      "libs/other.py": "",
      "libs/pp/z.py": "",
    });
    const libs = [`${tree.path}/libs`];
    const place = where.startsWith("up") ? "p/a/link" : "p/link";
    await Deno.symlink(where.startsWith("up") ? "../a" : target, `${libs[0]}/${place}`);
    await rejects(localTree(deviceWith({ p: {} }), { libs }), expected);
    const { files } = await localTree(deviceWith({ p: { exclude: ["link"] } }), { libs });
    assertEquals(files.length, 2);
  });
}

Deno.test("a file that changed since it was compared is not sent", async () => {
  await using tree = await makeTree({ "libs/x.py": "old" });
  const { files: [file] } = await localTree(deviceWith({ "x.py": {} }), {
    libs: [`${tree.path}/libs`],
  });
  assertEquals(new TextDecoder().decode(await file.read()), "old");
  await Deno.writeTextFile(`${tree.path}/libs/x.py`, "new");
  await rejects(
    file.read(),
    (error) => error instanceof BoardFilesError && error.code === "changed",
  );
});

Deno.test("localTree() compiles what mpy says, but not what boards start", async () => {
  await using tree = await makeTree({
    "libs/p/x.py": "x",
    "libs/p/main.py": "m",
    "libs/p/boot.py": "b",
    "libs/p/data.txt": "d",
  });
  const asked: string[] = [];
  const { files } = await localTree(deviceWith({ p: { mpy: true } }), {
    libs: [`${tree.path}/libs`],
    compile: (source, name) => {
      asked.push(name);
      return Promise.resolve(new Uint8Array([77, ...source]));
    },
  });
  assertEquals(asked, ["/lib/p/x.py"]);
  assertEquals(files.map(({ path }) => path), [
    "/lib/p/boot.py",
    "/lib/p/data.txt",
    "/lib/p/main.py",
    "/lib/p/x.mpy",
  ]);
  assertEquals(await files[3].read(), new Uint8Array([77, 120]));
});

Deno.test("exclusionsOf() protects a device's patterns everywhere, a resource's in its place", async () => {
  const isExcluded = await exclusionsOf(
    deviceWith({ p: { exclude: ["*.log", "*.dat"] } }, { exclude: ["*.log"] }),
  );
  const paths = ["/a.log", "/lib/p/b.log", "/lib/p/c.dat", "/c.dat", "/lib/p/d.py"];
  assertEquals(paths.filter(isExcluded), ["/a.log", "/lib/p/b.log", "/lib/p/c.dat"]);
});
