import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import { formatLock, type Lock, readLock } from "./lock_file.ts";
import type { LockedPackage } from "./package.ts";

const SHA = "0".repeat(64);

const one = (name: string, path = "a.py"): LockedPackage => ({
  installer: "mip",
  name,
  version: "1",
  pin: "1",
  source: "https://host/a.json",
  needs: [],
  files: [{ path, size: 1, sha256: SHA }],
});

Deno.test("a lock file reads as it was written, and is sorted whatever came first", () => {
  const lock: Lock = {
    packages: [{ ...one("b"), needs: ["a"], form: 6, index: "https://i" }, one("a")],
  };
  const text = formatLock(lock);
  assertEquals(readLock(text, "here"), { packages: lock.packages.toReversed() });
  assertEquals(formatLock({ packages: lock.packages.toReversed() }), text);
});

/** Each row: a lock file's text, and why it is not used. */
const BAD: readonly [text: string, reason: RegExp][] = [
  ["{", /Cannot use here: it is not JSON\. Bring it back from a backup, or remove it/],
  ["null", /it is none of iot's/],
  ['{"format": 9, "packages": []}', /a newer iot wrote it/],
  [formatLock({ packages: [one("a", "../x")] }), /it names a file outside the folder for a/],
  [formatLock({ packages: [one("a")] }).replace(SHA, "00"), /its entry for "a" is not whole/],
  ['{"format": 1, "packages": [null]}', /its entry for "a package" is not whole/],
];

Deno.test("readLock() refuses what cannot be used, as files are removed by it", () => {
  for (const [text, reason] of BAD) throws(() => readLock(text, "here"), reason);
});
