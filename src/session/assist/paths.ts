/** Completes paths, on the host and on the board. */

import { IotError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";
import type { Completion } from "../answers.ts";
import type { Knowledge } from "./knowledge.ts";

/** So many entries of a folder are looked at: more is no list to choose from. */
const MAX_ENTRIES = 2_000;

/** Paths of the host that begin with `prefix`, in its spelling: `~` and variables stay. */
export async function hostPaths(prefix: string, environment: Environment): Promise<Completion[]> {
  const { folder, name } = split(prefix);
  const found: Completion[] = [];
  try {
    const path = environment.expand(folder.replace(/\\(.)/g, "$1"));
    for await (const entry of Deno.readDir(path === "" ? "." : path)) {
      if (entry.name.startsWith(".") && !name.startsWith(".")) continue;
      const isFolder = entry.isDirectory ||
        entry.isSymlink && await isDirectory(`${path || "."}/${entry.name}`);
      found.push(completion(folder + entry.name.replace(/[\s\\'"]/g, "\\$&"), isFolder));
      if (found.length === MAX_ENTRIES) break;
    }
  } catch (error) {
    // No such folder, or none that can be read: there is nothing to offer.
    if (!(error instanceof Deno.errors.NotFound || isRefusal(error))) throw error;
  }
  return found;
}

/** Paths of the board that begin with `prefix`. */
export async function boardPaths(prefix: string, knowledge: Knowledge): Promise<Completion[]> {
  const { folder, name } = split(prefix);
  const path = folder === "" || folder === "/" ? folder : folder.slice(0, -1);
  const entries = await knowledge.folder(path) ?? [];
  return entries
    .filter((entry) => !entry.name.startsWith(".") || name.startsWith("."))
    .map((entry) => completion(folder + entry.name, entry.isFolder));
}

function completion(path: string, isFolder: boolean): Completion {
  return { text: isFolder ? `${path}/` : path, type: "path" };
}

function split(path: string): { folder: string; name: string } {
  const at = path.lastIndexOf("/") + 1;
  return { folder: path.slice(0, at), name: path.slice(at) };
}

function isRefusal(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory || error instanceof IotError;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false; // a link that leads nowhere
  }
}
