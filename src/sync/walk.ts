/**
 * The files of a folder of this computer. Symbolic links are followed while they stay inside it: one
 * that leads out would bring things onto a board that nobody meant to be there.
 */

import { IotError } from "@/base/errors.ts";
import { checkRegular, reading } from "./host_files.ts";

/** A file or folder below the one that was walked. */
export interface Walked {
  /** From the folder that was walked, with `/` between. */
  readonly below: string;
  readonly hostPath: string;
  readonly kind: "file" | "folder";
}

/** What {@linkcode walk} can be told. */
export interface WalkOptions {
  /** Whether to take what has this path below the folder; all where not given. */
  readonly takes?: (below: string) => boolean;
}

/** Deeper than this leads a circle, or nowhere that a board can follow. */
const MAX_DEPTH = 64;

/** Whether a path's last part is no hidden file's, nor what Python of this computer compiled. */
export function isResourcePath(path: string): boolean {
  return !/(?:^|\/)(?:\.[^/]*|__pycache__)$/.test(path);
}

/**
 * All that is below `folder`, sorted by path.
 *
 * @throws {IotError} when something cannot be read, is neither file nor folder, or is a link that
 * leads out, in a circle or nowhere.
 */
export async function walk(folder: string, options: WalkOptions = {}): Promise<Walked[]> {
  const root = await reading(folder, () => Deno.realPath(folder));
  const walked: Walked[] = [];
  await walkInto({ folder, below: "", root, depth: 0, ...options }, walked);
  return walked.sort((a, b) => a.below < b.below ? -1 : 1);
}

interface Place extends WalkOptions {
  readonly folder: string;
  readonly below: string;
  readonly root: string;
  readonly depth: number;
}

async function walkInto(place: Place, walked: Walked[]): Promise<void> {
  const { folder, below, root, depth, takes = () => true } = place;
  if (depth > MAX_DEPTH) {
    throw new IotError(`Cannot copy "${folder}": its folders lead in a circle, or too deep.`, 1);
  }
  const entries = await reading(folder, () => Array.fromAsync(Deno.readDir(folder)));
  for (const { name, isSymlink } of entries) {
    const path = below === "" ? name : `${below}/${name}`;
    if (!takes(path)) continue;
    const hostPath = `${folder}/${name}`;
    if (isSymlink) await checkLink(hostPath, root);
    const stat = await reading(hostPath, () => Deno.stat(hostPath));
    checkRegular(stat, hostPath);
    const { isFile, isDirectory } = stat;
    walked.push({ below: path, hostPath, kind: isFile ? "file" : "folder" });
    if (isDirectory) {
      await walkInto({ ...place, folder: hostPath, below: path, depth: depth + 1 }, walked);
    }
  }
}

async function checkLink(path: string, root: string): Promise<void> {
  let target: string;
  try {
    target = await Deno.realPath(path);
  } catch (cause) {
    throw new IotError(`Cannot follow the link "${path}": it leads nowhere.`, 1, { cause });
  }
  if (target.startsWith(`${root}/`)) {
    if (!`${await Deno.realPath(parentOf(path))}/`.startsWith(`${target}/`)) return;
    throw new IotError(`Cannot follow the link "${path}": it leads in a circle.`, 1);
  }
  if (target === root) {
    throw new IotError(`Cannot follow the link "${path}": it leads in a circle.`, 1);
  }
  throw new IotError(
    `Cannot follow the link "${path}": it leads to "${target}", outside "${root}". ` +
      "Copy what is needed, or exclude the link.",
    1,
  );
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
