/**
 * Changing many files of a folder at once: all of it or nothing, also when the computer is switched
 * off midway.
 *
 * New files are written to a staging folder inside, then a journal that says what is to change. Old
 * files are moved there, new ones out of it, and the lock file, put in place last, decides: whoever
 * comes next to a staging folder whose lock was not put in place moves everything back.
 */

import { writeAtomically } from "@/base/atomic_file.ts";
import type { PackageFile } from "./package.ts";
import { LOCK_NAME } from "./lock_file.ts";
import { OWN_PREFIX } from "./package_path.ts";

/** The beginning of staging folders' names. */
const STAGE_PREFIX = `${OWN_PREFIX}stage-`;

/** What a journal says. */
interface Journal {
  /** Files that were there, and are moved away. */
  readonly replaced: readonly string[];
  /** Files that are put in place. */
  readonly written: readonly string[];
}

/** What is to change, with the lock file's new text. */
export interface FolderChanges {
  readonly write: readonly PackageFile[];
  readonly remove: readonly string[];
  readonly lock: string;
}

/**
 * Does `changes` in `folder`. Interrupted before the first file moves, or failing at any point, it
 * leaves all as it was.
 *
 * @throws the signal's reason, or what the system says.
 */
export async function commit(
  folder: string,
  changes: FolderChanges,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const stage = `${folder}/${STAGE_PREFIX}${crypto.randomUUID().slice(0, 8)}`;
  const { write, remove, lock } = changes;
  const written = write.map(({ path }) => path);
  try {
    await Deno.mkdir(stage);
    for (const { path, bytes } of write) {
      signal.throwIfAborted();
      await Deno.mkdir(parentOf(`${stage}/new/${path}`), { recursive: true });
      await writeAtomically(`${stage}/new/${path}`, bytes);
    }
    await writeAtomically(`${stage}/lock.json`, lock);
    const replaced: string[] = [];
    for (const path of new Set([...written, ...remove])) {
      if (await exists(`${folder}/${path}`)) replaced.push(path);
    }
    signal.throwIfAborted();
    const journal: Journal = { replaced, written };
    await writeAtomically(`${stage}/journal.json`, JSON.stringify(journal));
    // From here on it takes milliseconds, and is not interrupted any more.
    for (const path of replaced) await move(`${folder}/${path}`, `${stage}/old/${path}`);
    for (const path of written) await move(`${stage}/new/${path}`, `${folder}/${path}`);
    await Deno.rename(`${stage}/lock.json`, `${folder}/${LOCK_NAME}`);
  } catch (error) {
    await settle(folder, stage);
    throw error;
  }
  await settle(folder, stage);
}

/** Brings to an end what an earlier program began in `folder` and could not finish. */
export async function recover(folder: string): Promise<void> {
  const stages: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && name.startsWith(STAGE_PREFIX)) stages.push(`${folder}/${name}`);
  }
  for (const stage of stages) await settle(folder, stage);
}

/** Finishes a transaction whose lock is in place, and takes back any other one. */
async function settle(folder: string, stage: string): Promise<void> {
  const text = await Deno.readTextFile(`${stage}/journal.json`).catch(() => undefined);
  // The journal is whole, or was never there, and then no file was moved.
  const { replaced, written } = (text === undefined ? { replaced: [], written: [] } : JSON.parse(
    text,
  )) as Journal;
  const isCommitted = text !== undefined && !await exists(`${stage}/lock.json`);
  if (!isCommitted) {
    for (const path of written) {
      // What is not in the staging folder any more was put in place. It goes back rather than away,
      // so that taking back may itself be broken off and begun again.
      if (!await exists(`${stage}/new/${path}`) && await exists(`${folder}/${path}`)) {
        await move(`${folder}/${path}`, `${stage}/new/${path}`);
      }
    }
    for (const path of replaced) {
      if (await exists(`${stage}/old/${path}`)) {
        await move(`${stage}/old/${path}`, `${folder}/${path}`);
      }
    }
  }
  await removeEmpty(folder, isCommitted ? replaced : written);
  // All is where it belongs. The journal goes first: beside half a staging folder it would mislead.
  await Deno.remove(`${stage}/journal.json`).catch(ignoreMissing);
  await removeTree(stage);
}

/** Removes the folders above `paths` that are empty, deepest first. */
async function removeEmpty(folder: string, paths: readonly string[]): Promise<void> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      folders.add(path.slice(0, at));
    }
  }
  for (const path of [...folders].sort((a, b) => b.length - a.length)) {
    // What Python of this computer compiled of it goes with the last file.
    const entries = await Array.fromAsync(Deno.readDir(`${folder}/${path}`)).catch(() => []);
    if (entries.every(({ name, isDirectory }) => isDirectory && name === "__pycache__")) {
      await removeTree(`${folder}/${path}/__pycache__`);
      await Deno.remove(`${folder}/${path}`).catch(() => {}); // not there
    }
  }
}

async function move(from: string, to: string): Promise<void> {
  await Deno.mkdir(parentOf(to), { recursive: true });
  await Deno.rename(from, to);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).catch(() => undefined) !== undefined;
}

async function removeTree(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
