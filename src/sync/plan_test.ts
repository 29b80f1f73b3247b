import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { deviceWith } from "./testing.ts";
import { formatStep, installDirsOf, scopeOf, type SyncStep } from "./plan.ts";

const file = (path: string) => ({
  path,
  size: 1,
  sha256: new Uint8Array(32),
  read: () => Promise.resolve(new Uint8Array(1)),
});
const volume = (path: string, readOnly = false) => ({
  path,
  totalBytes: 10,
  freeBytes: 5,
  readOnly,
});

Deno.test("formatStep() shows what the specification shows", () => {
  const steps: SyncStep[] = [
    { kind: "add", file: file("/lib/x.py") },
    { kind: "update", file: file("/boot.py") },
    { kind: "delete", entry: { path: "/old.py", kind: "file", size: 1 } },
    { kind: "delete", entry: { path: "/old", kind: "folder", size: 0 } },
  ];
  assertEquals(steps.map(formatStep), [
    "ADD     /lib/x.py",
    "UPDATE  /boot.py",
    "DELETE  /old.py",
    "DELETE  /old/",
  ]);
});

const none = () => false;

Deno.test("scopeOf() covers the root and the mounts that hold an install-dir", () => {
  const volumes = [volume("/"), volume("/spi"), volume("/sd"), volume("/rom", true)];
  const { roots, isProtected } = scopeOf({
    volumes,
    installDirs: ["/lib", "/spi/lib"],
    isExcluded: none,
  });
  assertEquals(roots, ["/", "/spi"]);
  const spared = ["/sd", "/sd/data.csv", "/rom/x.py", "/spi", "/.x", "/a/.b/c", "/boot_out.txt"];
  for (const path of [...spared, "/settings.toml"]) assertEquals(isProtected(path), true, path);
  for (const path of ["/x.py", "/spi/x.py", "/sdx/x.py"]) {
    assertEquals(isProtected(path), false, path);
  }
});

Deno.test("scopeOf() leaves a flash alone that no resource goes to", () => {
  const volumes = [volume("/flash"), volume("/spi")];
  const scope = (installDirs: string[]) => scopeOf({ volumes, installDirs, isExcluded: none });
  assertEquals(scope(["/spi/lib"]).roots, ["/spi"]);
  assertEquals(scope(["/flash", "/spi/lib"]).roots, ["/flash", "/spi"]);
});

Deno.test("scopeOf() takes a board that knows no volumes for one file system", () => {
  const { roots, isProtected } = scopeOf({
    volumes: [],
    installDirs: ["/"],
    isExcluded: (path) => path === "/keep.txt",
  });
  assertEquals(roots, ["/"]);
  assertEquals([isProtected("/x.py"), isProtected("/keep.txt")], [false, true]);
});

Deno.test("installDirsOf() lists the device's and its resources', each once", () => {
  const device = deviceWith({ a: {}, b: { installDir: "/" }, c: { installDir: "/" } });
  assertEquals(installDirsOf(device), ["/lib", "/"]);
});
