/** `rlist` and `df`: what is on the board, as text. */

import type { BoardEntry, Volume } from "@/device/files/board_files.ts";
import { formatSize } from "@/base/text.ts";
import { isBelow } from "@/sync/plan.ts";
import { baseName } from "./board_paths.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"].concat(
  ["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
);

/** Where names begin: `{size:7}  {date:18} `. */
const NAME_COLUMN = 7 + 2 + 18 + 1;

/** The lines for what is in `folder`: files and folders together by name, hidden ones left out. */
export function formatTree(entries: readonly BoardEntry[], folder: string): string[] {
  const lines: string[] = [];
  const children = Map.groupBy(entries, ({ path }) => path.slice(0, path.lastIndexOf("/")) || "/");
  const show = (parent: string, depth: number) => {
    const inside = (children.get(parent) ?? []).filter(({ path }) =>
      path !== parent && !baseName(path).startsWith(".")
    );
    inside.sort((a, b) => baseName(a.path) < baseName(b.path) ? -1 : 1);
    for (const entry of inside) {
      lines.push(formatEntry(entry, depth));
      if (entry.kind === "folder") show(entry.path, depth + 1);
    }
  };
  show(folder, 0);
  return lines;
}

/** `    139  Dec 31 23:00 1999  boot.py`, a name four spaces further for each level of depth. */
export function formatEntry({ path, kind, size, modifiedMs }: BoardEntry, depth = 0): string {
  const name = "    ".repeat(depth) + baseName(path);
  if (kind === "folder") return `${" ".repeat(NAME_COLUMN)}${name}/`;
  const date = modifiedMs === undefined ? "" : formatDate(new Date(modifiedMs));
  return `${String(size).padStart(7)}  ${date.padEnd(18)} ${name}`;
}

/** As `%b %d %H:%M %Y` of strftime in the C locale, in local time. */
function formatDate(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return `${MONTHS[date.getMonth()]} ${two(date.getDate())} ${time} ${date.getFullYear()}`;
}

/** A table of file systems. */
export function formatVolumes(volumes: readonly Volume[]): string[] {
  const rows = volumes.map(({ path, totalBytes, freeBytes, readOnly }) => {
    const used = totalBytes - freeBytes;
    const part = totalBytes === 0 ? 0 : Math.ceil(100 * used / totalBytes);
    const sizes = [totalBytes, used, freeBytes].map(formatSize);
    return [path, ...sizes, `${part}%`, readOnly ? "read-only" : ""];
  });
  const table = [["Mounted on", "Size", "Used", "Free", "Use%", ""], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  return table.map((row) =>
    row.map((cell, column) =>
      column === 0 || column === 5 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
    ).join("  ").trimEnd()
  );
}

/** What of `entries` can be removed: not what is mounted, nor what is on a read-only file system. */
export function removable(
  entries: readonly BoardEntry[],
  volumes: readonly Volume[],
): readonly BoardEntry[] {
  const mounts = volumes.filter(({ path }) => path !== "/");
  return entries.filter(({ path }) =>
    !mounts.some((mount) => mount.path === path || (mount.readOnly && isBelow(path, mount.path)))
  );
}
