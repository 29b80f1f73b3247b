/**
 * Patterns of files, as `include`, `exclude` and `%cp` take them. picomatch is loaded when there is
 * one.
 */

/** Tells whether a path is meant. */
export type Matches = (path: string) => boolean;

/** What picomatch is, as far as it is used. */
type Picomatch = (glob: string | string[], options?: { dot?: boolean }) => Matches;

async function loadPicomatch(): Promise<Picomatch> {
  // @ts-types="picomatch-types"
  const { default: picomatch } = await import("picomatch");
  return picomatch;
}

/**
 * What `patterns` mean of the paths on a board. One that begins with `/` is meant from the root, any
 * other one at any depth; a folder's pattern means all that is in it, too.
 */
export async function matchBoardPaths(patterns: readonly string[]): Promise<Matches> {
  if (patterns.length === 0) return () => false;
  const picomatch = await loadPicomatch();
  const globs = patterns.flatMap((pattern) => {
    const path = pattern.replace(/\/+$/, "");
    const rooted = path.startsWith("/") ? path.slice(1) : `**/${path}`;
    return [rooted, `${rooted}/**`];
  });
  // Dotfiles are left out before patterns are asked; one that is named is meant.
  const matches = picomatch(globs, { dot: true });
  return (path) => matches(path.slice(1));
}

/** Whether `text` has anything that makes it a pattern. */
export function isPattern(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

/** What one pattern means of names; a leading dot must be written, as shells want it. */
export async function matchPaths(pattern: string): Promise<Matches> {
  return (await loadPicomatch())(pattern);
}

/** Lists a folder. */
type List = (
  folder: string,
) => Promise<readonly { readonly name: string; readonly kind: "file" | "folder" }[]>;

/** The paths that there are for an absolute path with patterns in it, sorted. */
export async function expandPattern(path: string, list: List): Promise<string[]> {
  const parts = path.split("/").filter((part) => part !== "");
  const first = parts.findIndex(isPattern);
  let found = [parts.slice(0, first).map((part) => `/${part}`).join("")];
  for (const [index, part] of parts.slice(first).entries()) {
    const isLast = first + index === parts.length - 1;
    const matches = isPattern(part) ? await matchPaths(part) : (name: string) => name === part;
    const next: string[] = [];
    for (const folder of found) {
      if (part === "**") next.push(...await foldersIn(folder, list));
      else {
        for (const { name, kind } of await list(folder || "/")) {
          if (matches(name) && (isLast || kind === "folder")) next.push(`${folder}/${name}`);
        }
      }
    }
    found = next;
  }
  return found.sort();
}

/** A folder, and those in it at any depth, but for hidden ones. */
async function foldersIn(folder: string, list: List): Promise<string[]> {
  const all = [folder];
  for (const { name, kind } of await list(folder || "/")) {
    if (kind === "folder" && !name.startsWith(".")) {
      all.push(...await foldersIn(`${folder}/${name}`, list));
    }
  }
  return all;
}
