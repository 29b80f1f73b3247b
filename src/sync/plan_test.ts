import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { deviceWith } from "./testing.ts";
import { formatStep, installDirsOf, isBoardsOwn, isOwned, rootsOf, type SyncStep } from "./plan.ts";

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

Deno.test("isBoardsOwn() knows what is hidden, and what CircuitPython writes", () => {
  for (const path of ["/.x", "/a/.b/c", "/boot_out.txt", "/settings.toml"]) {
    assertEquals(isBoardsOwn(path), true, path);
  }
  for (const path of ["/x.py", "/a.b/c", "/boot_out.txt.py"]) {
    assertEquals(isBoardsOwn(path), false);
  }
});

Deno.test("isOwned() means the root and the mounts that hold an install-dir", () => {
  const volumes = [volume("/"), volume("/spi"), volume("/sd"), volume("/rom", true)];
  const owned = (path: string) => isOwned(path, { volumes, installDirs: ["/lib", "/spi/lib"] });
  for (const path of ["/x.py", "/spi/x.py", "/sdx/x.py"]) assertEquals(owned(path), true, path);
  for (const path of ["/sd", "/sd/data.csv", "/rom/x.py", "/rom", "/spi", "/"]) {
    assertEquals(owned(path), false, path);
  }
});

Deno.test("isOwned() leaves a flash alone that no resource goes to", () => {
  const volumes = [volume("/flash"), volume("/spi")];
  const owned = (installDirs: string[]) => isOwned("/flash/x.py", { volumes, installDirs });
  assertEquals([owned(["/spi/lib"]), owned(["/flash", "/spi/lib"])], [false, true]);
});

Deno.test("isOwned() takes a board that knows no volumes for one file system", () => {
  assertEquals(isOwned("/x.py", { volumes: [], installDirs: ["/"] }), true);
});

Deno.test("rootsOf() has the root, and what may be mounts", () => {
  assertEquals(rootsOf(["/", "/lib", "/spi/lib", "/spi/x"]), ["/", "/lib", "/spi"]);
});

Deno.test("installDirsOf() lists the device's and its resources', each once", () => {
  const device = deviceWith({ a: {}, b: { installDir: "/" }, c: { installDir: "/" } });
  assertEquals(installDirsOf(device), ["/lib", "/"]);
});
