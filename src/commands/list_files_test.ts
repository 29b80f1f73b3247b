import { deepStrictEqual as assertEquals } from "node:assert/strict";
import type { BoardEntry } from "@/device/files/board_files.ts";
import { formatEntry, formatTree, formatVolumes, removable } from "./list_files.ts";

const file = (path: string, size = 0): BoardEntry => ({ path, kind: "file", size });
const folder = (path: string): BoardEntry => ({ path, kind: "folder", size: 0 });

Deno.test("formatEntry() prints the specification's line, in local time", () => {
  const modifiedMs = new Date(1999, 11, 31, 23, 0).getTime();
  assertEquals(
    formatEntry({ ...file("/boot.py", 139), modifiedMs }),
    "    139  Dec 31 23:00 1999  boot.py",
  );
  const early = new Date(2021, 0, 2, 3, 4).getTime();
  assertEquals(
    formatEntry({ ...file("/lib/x.py", 12_345_678), modifiedMs: early }, 1),
    "12345678  Jan 02 03:04 2021      x.py",
  );
});

Deno.test("formatEntry() leaves the date out where the board says none", () => {
  assertEquals(formatEntry(file("/a", 7)), "      7                     a");
  assertEquals(formatEntry(folder("/lib")), "                            lib/");
});

Deno.test("formatTree() sorts by name within each folder, and hides what is hidden", () => {
  const entries = [
    file("/a-b"),
    folder("/a"),
    file("/a/.x"),
    file("/a/z"),
    file("/B"),
    folder("/.d"),
  ];
  assertEquals(formatTree([...entries, file("/.d/y")], "/").map((line) => line.slice(28)), [
    "B",
    "a/",
    "    z",
    "a-b",
  ]);
  assertEquals(formatTree([file("/a/z")], "/a").map((line) => line.slice(28)), ["z"]);
});

Deno.test("formatVolumes() aligns sizes, and says what is read-only", () => {
  assertEquals(
    formatVolumes([
      { path: "/", totalBytes: 2_097_152, freeBytes: 1_048_576 },
      { path: "/rom", totalBytes: 4_096, freeBytes: 0, readOnly: true },
      { path: "/ram", totalBytes: 0, freeBytes: 0 },
    ]),
    [
      "Mounted on     Size     Used     Free  Use%",
      "/            2.0 MB   1.0 MB   1.0 MB   50%",
      "/rom         4.0 KB   4.0 KB  0 bytes  100%  read-only",
      "/ram        0 bytes  0 bytes  0 bytes    0%",
    ],
  );
});

Deno.test("removable() spares mounts, and what is on read-only ones", () => {
  const volumes = [
    { path: "/", totalBytes: 1, freeBytes: 1 },
    { path: "/sd", totalBytes: 1, freeBytes: 1 },
    { path: "/rom", totalBytes: 1, freeBytes: 0, readOnly: true },
  ];
  const entries = [file("/a"), folder("/sd"), file("/sd/b"), folder("/rom"), file("/rom/c")];
  assertEquals(removable(entries, volumes).map(({ path }) => path), ["/a", "/sd/b"]);
});
