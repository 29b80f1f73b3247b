/** What a sync does, from what differs. Pure. */

import type { InstallOptions, Resource } from "@/config/device_config.ts";
import type { BoardEntry, TreeDifference, Volume, WantedFile } from "@/device/files/board_files.ts";

/** One thing to do. */
export type SyncStep =
  | { readonly kind: "add" | "update"; readonly file: WantedFile }
  | { readonly kind: "delete"; readonly entry: BoardEntry };

/** The steps that make a board what is wanted: additions, updates, then deletions. */
export function planSync({ add, update, surplus }: TreeDifference): SyncStep[] {
  return [
    ...add.toSorted(byPath).map((file) => ({ kind: "add" as const, file })),
    ...update.toSorted(byPath).map((file) => ({ kind: "update" as const, file })),
    ...surplus.map((entry) => ({ kind: "delete" as const, entry })),
  ];
}

function byPath(a: WantedFile, b: WantedFile): number {
  return a.path < b.path ? -1 : 1;
}

/** The board's path that a step is about. */
export function pathOf(step: SyncStep): string {
  return step.kind === "delete" ? step.entry.path : step.file.path;
}

/** A step as it is shown: `ADD     /lib/x.py`. A folder ends with `/`. */
export function formatStep(step: SyncStep): string {
  const slash = step.kind === "delete" && step.entry.kind === "folder" ? "/" : "";
  return `${step.kind.toUpperCase().padEnd(7)} ${pathOf(step)}${slash}`;
}

/** Files of the board's own; CircuitPython docs, "Environment Variables" and "Troubleshooting". */
const BOARDS_OWN: ReadonlySet<string> = new Set(["boot_out.txt", "settings.toml"]);

/** Whether a sync leaves `path` alone because it is hidden, or the board's own. */
export function isBoardsOwn(path: string): boolean {
  const parts = path.split("/");
  return parts.some((part) => part.startsWith(".")) || BOARDS_OWN.has(parts.at(-1)!);
}

/**
 * The folders that a sync without `-u` answers for, whatever is mounted: the root, and what may be
 * the mount of an install-dir.
 */
export function rootsOf(installDirs: readonly string[]): string[] {
  return [...new Set(["/", ...installDirs.map((path) => `/${path.split("/")[1]}`)])];
}

/**
 * Whether `path` is on a file system that a sync without `-u` answers for: the root's and those that
 * resources are installed in, but none that is read-only. Where one is mounted is part of none.
 */
export function isOwned(
  path: string,
  { volumes, installDirs }: {
    /** None where the board knows but one. */
    readonly volumes: readonly Volume[];
    readonly installDirs: readonly string[];
  },
): boolean {
  if (volumes.length === 0) return true;
  const volume = volumeOf(path, volumes);
  if (volume === undefined || volume.readOnly || volume.path === path) return false;
  return volume.path === "/" || installDirs.some((dir) => volumeOf(dir, volumes) === volume);
}

/** The file system that `path` is on. */
export function volumeOf(path: string, volumes: readonly Volume[]): Volume | undefined {
  return volumes.filter((volume) => isBelow(path, volume.path))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/** Whether `path` is `folder`, or in it. */
export function isBelow(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

/** All directories of a board that resources go to. */
export function installDirsOf(
  device: InstallOptions & { readonly resources: readonly Resource[] },
): string[] {
  return [...new Set([device, ...device.resources].map(({ installDir }) => installDir))];
}
