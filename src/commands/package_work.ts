/** What `pip` and `mip` do alike: list, show, remove, and put in place what was fetched. */

import { UsageError } from "@/base/errors.ts";
import { alignColumns, closest } from "@/base/text.ts";
import {
  describePackage,
  type FetchedPackage,
  type Installer,
  type LockedPackage,
} from "@/packages/package.ts";
import { keyOf, type Lock } from "@/packages/lock_file.ts";
import { PackageError } from "@/packages/package_error.ts";
import { checkReproduced, planInstall, planRemove } from "@/packages/plan.ts";
import type { Context } from "./command.ts";
import type { SharedArguments } from "./package_arguments.ts";
import type { PackagePlace } from "./package_place.ts";

/** Who works, and how a name that a user wrote is kept. */
export interface Manager {
  readonly installer: Installer;
  nameOf(text: string): string;
}

/** Does what needs no network. `install` is the managers' own. */
export async function manage(
  context: Context,
  { operation, packages, force }: SharedArguments,
  { place, manager }: { readonly place: PackagePlace; readonly manager: Manager },
): Promise<void> {
  const { installer } = manager;
  const { lock } = place;
  const own = lock.packages.filter((one) => one.installer === installer)
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
  const named = () => packages.map((text) => find(manager.nameOf(text), own, place));
  const print = (lines: readonly string[]) =>
    context.sink.write("stdout", lines.map((line) => `${line}\n`).join(""));
  switch (operation) {
    case "list": {
      const listed = packages.length > 0 ? named() : own;
      if (listed.length === 0) {
        return await print([`${installer} has installed nothing in ${place.shelf.label}`]);
      }
      return await print(alignColumns(await listRows(listed, place, context)));
    }
    case "freeze":
      return await print(
        own.map(({ name, pin }) =>
          pin === "" ? name : `${name}${installer === "pip" ? "==" : "@"}${pin}`
        ),
      );
    case "show":
      needNames(packages, operation);
      return await print(named().flatMap(showPackage));
    case "uninstall":
      needNames(packages, operation);
      return await uninstall(named(), { context, place, force });
  }
}

function needNames(packages: readonly string[], operation: string): void {
  if (packages.length === 0) throw new UsageError(`Which package? ${operation} wants its name.`);
}

function find(
  name: string,
  own: readonly LockedPackage[],
  { shelf, lock }: PackagePlace,
): LockedPackage {
  const one = own.find((one) => one.name === name);
  if (one !== undefined) return one;
  const other = lock.packages.find((one) => one.name === name);
  const near = closest(name, own.map(({ name }) => name));
  const hint = other !== undefined
    ? ` ${other.installer} has installed one of that name.`
    : near !== undefined
    ? ` Did you mean ${near}?`
    : "";
  throw new PackageError("missing", `"${name}" is not installed in ${shelf.label}.${hint}`);
}

async function listRows(
  packages: readonly LockedPackage[],
  { shelf }: PackagePlace,
  { signal }: Context,
): Promise<string[][]> {
  const rows: string[][] = [];
  for (const { name, version, source, files } of packages) {
    const states = await shelf.statesOf(files, { signal });
    const changed = files.filter(({ path }) => states.get(path) !== "same");
    const note = changed.length === 0
      ? ""
      : `  (${changed.length} of ${files.length} files changed or missing)`;
    rows.push([name, version, `${source}${note}`]);
  }
  return rows;
}

function showPackage({ name, version, source, needs, files }: LockedPackage): string[] {
  return [
    `Name: ${name}`,
    `Version: ${version}`,
    `Source: ${source}`,
    `Requires: ${needs.join(", ")}`,
    "Files:",
    ...files.map(({ path, sha256 }) => `  ${path}  sha256:${sha256}`),
  ];
}

interface Work {
  readonly context: Context;
  readonly place: PackagePlace;
  readonly force: boolean;
}

async function uninstall(
  packages: readonly LockedPackage[],
  { context: { sink, signal }, place: { shelf, lock }, force }: Work,
): Promise<void> {
  const keys = packages.map(keyOf);
  const plan = await planRemove(keys, { lock, shelf, signal, force });
  await shelf.apply(plan.changes, { signal });
  for (const one of plan.removed) {
    await sink.write("stdout", `Removed ${describePackage(one)} from ${shelf.label}\n`);
    const left = one.needs.filter((need) => isUnneeded(need, one, plan.changes.lock));
    if (left.length === 0) continue;
    const rest = `${left.join(", ")} came with it and nothing needs it any more: ` +
      `${one.installer} uninstall ${left.join(" ")}\n`;
    await sink.write("stdout", rest);
  }
  await reportKept(plan.kept, { sink });
}

function isUnneeded(need: string, { installer }: LockedPackage, { packages }: Lock): boolean {
  const own = packages.filter((one) => one.installer === installer);
  return own.some(({ name }) => name === need) && !own.some(({ needs }) => needs.includes(need));
}

/** Puts in place what was fetched, and says so. */
export async function installFetched(
  fetched: readonly FetchedPackage[],
  { context: { sink, signal }, place: { shelf, lock }, force, verifies }: Work & {
    /** Whether one must be what was locked. */
    verifies(one: FetchedPackage): boolean;
  },
): Promise<void> {
  const before = new Map(lock.packages.map((one) => [keyOf(one), one]));
  for (const one of fetched) {
    const locked = before.get(keyOf(one));
    if (locked !== undefined && verifies(one)) checkReproduced(locked, one);
  }
  const plan = await planInstall(fetched, { lock, shelf, signal, force });
  await shelf.apply(plan.changes, { signal });
  const written = new Set(plan.changes.write.map(({ path }) => path));
  for (const one of fetched) {
    const locked = before.get(keyOf(one));
    const isWritten = one.files.some(({ path }) => written.has(path));
    const count = `${one.files.length} ${one.files.length === 1 ? "file" : "files"}`;
    const text = locked !== undefined && !isWritten && locked.version === one.version
      ? alreadyThere(one, shelf.label)
      : locked !== undefined && locked.version !== one.version
      ? `Installed ${describePackage(one)} in place of ${locked.version || "another"}: ${count} ` +
        `in ${shelf.label}`
      : `Installed ${describePackage(one)}: ${count} in ${shelf.label}`;
    await sink.write("stdout", `${text}\n`);
  }
  await reportKept(plan.kept, { sink });
}

/** What is said of a package that is in place. */
export function alreadyThere(
  one: Pick<LockedPackage, "name" | "version">,
  label: string,
): string {
  return `${describePackage(one)} is in ${label} already`;
}

/** Whether all files of these packages are as they were installed. */
export async function areIntact(
  packages: readonly LockedPackage[],
  { place: { shelf }, signal }: { readonly place: PackagePlace; readonly signal: AbortSignal },
): Promise<boolean> {
  const states = await shelf.statesOf(packages.flatMap(({ files }) => files), { signal });
  return [...states.values()].every((state) => state === "same");
}

async function reportKept(
  kept: readonly string[],
  { sink }: Pick<Context, "sink">,
): Promise<void> {
  if (kept.length === 0) return;
  const which = kept.join(", ");
  await sink.write("stderr", `Kept ${which}: changed since it was installed.\n`);
}
