/** What a sync does, from what differs. Pure. */

import type { InstallOptions, Resource } from "@/config/device_config.ts";
import type { BoardEntry, TreeDifference, Volume, WantedFile } from "@/device/files/board_files.ts";
import type { Matches } from "./patterns.ts";

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

/** Which part of a board a sync answers for. */
export interface Scope {
  /** Folders where all that no resource brings is surplus. */
  readonly roots: readonly string[];
  /** What is left alone there none the less. */
  isProtected(path: string): boolean;
}

/** Files of the board's own; CircuitPython docs, "Environment Variables" and "Troubleshooting". */
const BOARDS_OWN: ReadonlySet<string> = new Set(["boot_out.txt", "settings.toml"]);

/**
 * What a sync without `-u` answers for: the root file system and those that resources are installed
 * in, but not what is hidden, the board's own, excluded, or on a read-only file system.
 */
export function scopeOf(
  { volumes, installDirs, isExcluded }: {
    readonly volumes: readonly Volume[];
    readonly installDirs: readonly string[];
    readonly isExcluded: Matches;
  },
): Scope {
  const mounts: readonly Volume[] = volumes.length > 0
    ? volumes
    : [{ path: "/", totalBytes: 0, freeBytes: 0 }];
  const homes = new Set(installDirs.map((path) => volumeOf(path, mounts)));
  const owned = mounts.filter((volume) =>
    !volume.readOnly && (volume.path === "/" || homes.has(volume))
  );
  const mountPaths = new Set(mounts.map(({ path }) => path));
  return {
    roots: owned.map(({ path }) => path),
    isProtected(path) {
      const parts = path.split("/");
      const volume = volumeOf(path, mounts);
      return parts.some((part) => part.startsWith(".")) || BOARDS_OWN.has(parts.at(-1)!) ||
        volume === undefined || !owned.includes(volume) || mountPaths.has(path) ||
        isExcluded(path);
    },
  };
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
