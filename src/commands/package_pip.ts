/** `pip`, loaded when it is called. */

import { IotError, UsageError } from "@/base/errors.ts";
import { findPython } from "@/host/find_python.ts";
import { fetchByPip, normalizeName } from "@/packages/pip.ts";
import type { FetchedPackage, LockedPackage } from "@/packages/package.ts";
import { readRequirement, readRequirements, type Requirement } from "@/packages/requirements.ts";
import type { Context } from "./command.ts";
import { type PackagePlace, withPlace } from "./package_place.ts";
import { alreadyThere, areIntact, installFetched, manage, type Manager } from "./package_work.ts";
import type { PipArguments } from "./pip.ts";

const MANAGER: Manager = { installer: "pip", nameOf: normalizeName };

/** Does what the arguments say. */
export async function runPip(context: Context, args: PipArguments): Promise<void> {
  const { operation, requirement, packages } = args;
  if (operation !== "install" && requirement !== undefined) {
    throw new UsageError(`-r names what to install: ${operation} does not take it.`);
  }
  const asked = operation === "install"
    ? [
      ...packages.map(readRequirement),
      ...(requirement === undefined ? [] : await readFile(context, requirement)),
    ]
    : [];
  if (requirement !== undefined && asked.length === 0) {
    throw new UsageError(`"${requirement}" names no packages.`);
  }
  await withPlace(context, args, async (place) => {
    if (operation !== "install") return await manage(context, args, { place, manager: MANAGER });
    await install(context, args, { place, asked });
  });
}

async function readFile({ directory }: Context, text: string): Promise<Requirement[]> {
  const path = directory.resolve(text);
  try {
    return readRequirements(await Deno.readTextFile(path), text);
  } catch (cause) {
    if (cause instanceof IotError) throw cause;
    const reason = cause instanceof Deno.errors.NotFound
      ? "it is not there"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new UsageError(`Cannot read "${path}": ${reason}.`, { cause });
  }
}

async function install(
  context: Context,
  args: PipArguments,
  { place, asked }: { readonly place: PackagePlace; readonly asked: readonly Requirement[] },
): Promise<void> {
  const { sink, signal, environment, directory } = context;
  const { shelf, lock } = place;
  const locked = new Map(
    lock.packages.filter(({ installer }) => installer === "pip").map((one) => [one.name, one]),
  );
  const requirements = asked.length > 0 ? asked : [...locked.values()].map(restoring);
  if (requirements.length === 0) {
    throw new UsageError(`Which package? Nothing is locked in ${shelf.label} to bring back.`);
  }
  const fetched = new Map<string, FetchedPackage>();
  const verified = new Set<string>();
  const notes: string[] = [];
  let python: string | undefined;
  try {
    for (const requirement of requirements) {
      const { name, text, version, isOpen } = requirement;
      const known = name === undefined || args.upgrade ? undefined : locked.get(name);
      const before = known && (isOpen || version === known.version) ? known : undefined;
      if (before !== undefined && await areIntact([before], { place, signal })) {
        await sink.write("stdout", `${alreadyThere(before, shelf.label)}\n`);
        continue;
      }
      const index = args.index_url ?? before?.index;
      python ??= (await findPython(environment, { signal })).program;
      const found = await fetchByPip(before === undefined ? text : pinned(requirement, before), {
        signal,
        python,
        directory: directory.path,
        pre: args.pre,
        ...(index !== undefined && { indexUrl: index }),
        onNote: (note) => void notes.push(note),
        onLine: (line) => void sink.status(line.trim()).catch(() => {}),
      });
      if (before !== undefined) verified.add(found.name);
      fetched.set(found.name, found);
    }
  } finally {
    await sink.status("");
  }
  if (fetched.size === 0) return;
  for (const note of notes) await sink.write("stderr", `${note}\n`);
  await installFetched([...fetched.values()], {
    context,
    place,
    force: args.force,
    verifies: ({ name }) => verified.has(name),
  });
}

/** The requirement that means what was locked. */
function pinned({ text, name, version }: Requirement, { pin }: LockedPackage): string {
  if (version !== undefined) return text;
  const marker = /\s*;.*$/s.exec(text)?.[0] ?? "";
  return `${name}==${pin}${marker}`;
}

function restoring({ name, pin }: LockedPackage): Requirement {
  return { text: `${name}==${pin}`, name, version: pin, isOpen: false };
}
