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
