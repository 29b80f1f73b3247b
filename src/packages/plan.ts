/** What installing and removing packages changes, and what stands in its way. */

import { keyOf, type Lock } from "./lock_file.ts";
import {
  describePackage,
  type FetchedPackage,
  type FileRecord,
  type LockedPackage,
  type PackageFile,
} from "./package.ts";
import { PackageError } from "./package_error.ts";
import type { Changes, FileState, Shelf } from "./shelf.ts";

/** How to plan. */
export interface PlanOptions {
  readonly signal: AbortSignal;
  /** Whether files may be overwritten that are the user's own, changed, or another package's. */
  readonly force: boolean;
}

/** A plan. */
export interface Plan {
  readonly changes: Changes;
  /** Files that stay, as they were changed since they were installed. */
  readonly kept: readonly string[];
}

/** So many files are named in a message. */
const NAMED = 5;

/**
 * Plans to install `packages`, in the place of what is installed of them.
 *
 * @throws {PackageError} `conflict`, with all that stands in the way.
 */
export async function planInstall(
  packages: readonly FetchedPackage[],
  { lock, shelf, signal, force }: PlanOptions & { readonly lock: Lock; readonly shelf: Shelf },
): Promise<Plan> {
  const keys = new Set(packages.map(keyOf));
  const before = lock.packages.filter((one) => keys.has(keyOf(one)));
  const others = lock.packages.filter((one) => !keys.has(keyOf(one)));
  const wanted = wantedFiles(packages);
  const files = [...wanted.values()];
  const states = await shelf.statesOf(files, { signal });
  const owned = new Map(before.flatMap(({ files }) => files.map((file) => [file.path, file])));
  const foreign = new Map(
    others.flatMap((one) => one.files.map((file) => [file.path, { one, file }] as const)),
  );
  const differing = files.filter(({ path }) => states.get(path) === "other");
  const asOwned = await shelf.statesOf(pick(differing, owned), { signal });
  const problems: string[] = [];
  const write: PackageFile[] = [];
  const taken = new Set<string>();
  for (const file of files) {
    const { path, sha256 } = file;
    const state = states.get(path)!;
    const other = foreign.get(path);
    if (state === "blocked") {
      problems.push(`${path}: there is something else in its way, a folder, a file or a link`);
    } else if (other !== undefined && other.file.sha256 !== sha256) {
      if (!force) problems.push(`${path}: it belongs to ${describePackage(other.one)}`);
      taken.add(path);
    } else if (state === "other" && !force && asOwned.get(path) !== "same") {
      const why = owned.has(path) ? "it was changed since it was installed" : "it is your own";
      problems.push(`${path}: ${why}`);
    }
    if (state !== "same") write.push(file);
  }
  if (problems.length > 0) {
    const names = packages.map(describePackage).join(", ");
    throw new PackageError(
      "conflict",
      `Cannot install ${names} in ${shelf.label}:\n${listed(problems)}\nNothing was installed. ` +
        "Move these files away, or have them overwritten with --force where they are files.",
    );
  }
  const old = [...owned.values()].filter(({ path }) => !wanted.has(path) && !foreign.has(path));
  const { remove, kept } = await removable(old, { shelf, signal });
  const rest = others.map((one): LockedPackage => ({
    ...one,
    files: one.files.filter(({ path }) => !taken.has(path)),
  }));
  const locked = packages.map(({ files, ...facts }): LockedPackage => ({
    ...facts,
    files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
  }));
  return { changes: { write, remove, lock: { packages: [...rest, ...locked] } }, kept };
}

/**
 * Plans to remove packages.
 *
 * @throws {PackageError} `missing` for what is not installed, `needed` for what others need.
 */
export async function planRemove(
  keys: readonly string[],
  { lock, shelf, signal, force }: PlanOptions & { readonly lock: Lock; readonly shelf: Shelf },
): Promise<Plan & { readonly removed: readonly LockedPackage[] }> {
  const removed = lock.packages.filter((one) => keys.includes(keyOf(one)));
  const rest = lock.packages.filter((one) => !removed.includes(one));
  for (const one of removed) {
    const needer = rest.find(({ installer, needs }) =>
      installer === one.installer && needs.includes(one.name)
    );
    if (needer !== undefined && !force) {
      throw new PackageError(
        "needed",
        `Cannot remove ${one.name}: ${needer.name} needs it. Remove both, or add --force.`,
      );
    }
  }
  const shared = new Set(rest.flatMap(({ files }) => files.map(({ path }) => path)));
  const files = new Map(
    removed.flatMap(({ files }) => files.map((file) => [file.path, file] as const)),
  );
  const own = [...files.values()].filter(({ path }) => !shared.has(path));
  const { remove, kept } = await removable(own, { shelf, signal });
  return { removed, kept, changes: { write: [], remove, lock: { packages: rest } } };
}

/**
 * Checks that what was fetched is what was locked, where the same was asked for.
 *
 * @throws {PackageError} `drifted` when it has other files now.
 */
export function checkReproduced(locked: LockedPackage, fetched: FetchedPackage): void {
  if (locked.pin !== fetched.pin || locked.form !== fetched.form) return;
  const now = new Map(fetched.files.map((file) => [file.path, file]));
  const then = new Map(locked.files.map((file) => [file.path, file]));
  const differences = [
    ...locked.files.filter(({ path }) => !now.has(path)).map(({ path }) => `${path}: it is gone`),
    ...fetched.files.filter(({ path }) => !then.has(path)).map(({ path }) => `${path}: it is new`),
    ...fetched.files.filter(({ path, sha256 }) =>
      then.has(path) && then.get(path)!.sha256 !== sha256
    ).map(({ path }) => `${path}: it has other content`),
  ];
  if (differences.length === 0) return;
  throw new PackageError(
    "drifted",
    `${describePackage(fetched)} is no longer what was installed from ${locked.source}:\n` +
      `${listed(differences)}\nNothing was changed. -U installs it as it is now.`,
  );
}

/** All files by path; packages may share a file that is the same in all of them. */
function wantedFiles(packages: readonly FetchedPackage[]): Map<string, PackageFile> {
  const wanted = new Map<string, PackageFile>();
  const owner = new Map<string, FetchedPackage>();
  for (const one of packages) {
    for (const file of one.files) {
      const other = wanted.get(file.path);
      if (other !== undefined && other.sha256 !== file.sha256) {
        throw new PackageError(
          "conflict",
          `Cannot install ${one.name} beside ${owner.get(file.path)!.name}: both bring ` +
            `${file.path}, and they differ. Nothing was installed.`,
        );
      }
      wanted.set(file.path, file);
      owner.set(file.path, one);
    }
  }
  return wanted;
}

/** Which files are as they were installed. */
async function removable(
  files: readonly FileRecord[],
  { shelf, signal }: { readonly shelf: Shelf; readonly signal: AbortSignal },
): Promise<{ remove: string[]; kept: string[] }> {
  const states = await shelf.statesOf(files, { signal });
  const having = (state: FileState) =>
    files.filter(({ path }) => states.get(path) === state).map(({ path }) => path);
  return { remove: having("same"), kept: [...having("other"), ...having("blocked")] };
}

function pick(
  files: readonly FileRecord[],
  records: ReadonlyMap<string, FileRecord>,
): FileRecord[] {
  return files.flatMap(({ path }) => records.get(path) ?? []);
}

function listed(problems: readonly string[]): string {
  const lines = problems.slice(0, NAMED).map((problem) => `  ${problem}`);
  const rest = problems.length - lines.length;
  return [...lines, ...(rest > 0 ? [`  and ${rest} more`] : [])].join("\n");
}
