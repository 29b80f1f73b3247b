/** What a device's configuration wants on the board: its resources, found on this computer. */

import type { DeviceConfig, Resource } from "@/config/device_config.ts";
import { ConfigError } from "@/config/problem.ts";
import { type HostFile, hostFile, memoryFile, readWhole } from "./host_files.ts";
import { matchBoardPaths, type Matches } from "./patterns.ts";
import { isBelow } from "./plan.ts";
import { isResourcePath, walk } from "./walk.ts";

/** Compiles Python of `source`, which tracebacks call `name`, for one board. */
export type Compile = (
  source: Uint8Array<ArrayBuffer>,
  name: string,
) => Promise<Uint8Array<ArrayBuffer>>;

/** What {@linkcode localTree} is told. */
export interface LocalOptions {
  /** Directories that resources are looked up in where the device has none of its own. */
  readonly libs: readonly string[];
  /** Needed where a resource says `mpy: true`. */
  readonly compile?: Compile | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The files that belong on a board. */
export interface LocalTree {
  /** Sorted by path. */
  readonly files: readonly HostFile[];
  /** Where the resources are on this computer. */
  readonly sources: readonly string[];
}

/** A device whose resources were said. */
export type Configured = DeviceConfig & { readonly resources: readonly Resource[] };

/** A file of a resource, on its way to become one of the board's. */
interface Offered {
  readonly resource: Resource;
  readonly hostPath: string;
  readonly path: string;
  readonly compiled: boolean;
}

/** What boards run by its name, which must stay source. MicroPython docs, reference/reset_boot. */
const STAYS_SOURCE: ReadonlySet<string> = new Set(["boot.py", "main.py", "code.py"]);

/** So many files are read at the same time. */
const READS_AT_ONCE = 8;

/**
 * The files that `device`'s resources bring.
 *
 * @throws {ConfigError} when a resource is not there, or two bring the same path.
 * @throws {IotError} when something cannot be read or compiled.
 */
export async function localTree(device: Configured, options: LocalOptions): Promise<LocalTree> {
  const sources = await findResources(device, options.libs);
  const offered: Offered[] = [];
  for (const { resource, hostPath } of sources) {
    options.signal?.throwIfAborted();
    offered.push(...await offersOf(resource, hostPath));
  }
  const unique = withoutConflicts(offered);
  const files: HostFile[] = [];
  for (let at = 0; at < unique.length; at += READS_AT_ONCE) {
    options.signal?.throwIfAborted();
    const batch = unique.slice(at, at + READS_AT_ONCE);
    files.push(...await Promise.all(batch.map((offer) => fileOf(offer, options))));
  }
  return {
    files: files.sort((a, b) => a.path < b.path ? -1 : 1),
    sources: sources.map(({ hostPath }) => hostPath),
  };
}

/** Where each resource is: in the first of the directories that has it. */
async function findResources(device: Configured, libs: readonly string[]) {
  const directories = (device.libs ?? libs).map((path) => path.replace(/(?<=.)\/+$/, ""));
  const found = await Promise.all(device.resources.map(async (resource) => {
    for (const directory of directories) {
      const hostPath = `${directory}/${resource.name}`;
      const stat = await Deno.stat(hostPath).catch(() => undefined);
      if (stat !== undefined) return { resource, hostPath };
    }
    return { resource, hostPath: undefined };
  }));
  const missing = found.filter(({ hostPath }) => hostPath === undefined);
  if (missing.length > 0) {
    const where = directories.length === 0 ? "no directory" : directories.join(", ");
    throw new ConfigError(missing.map(({ resource: { name, at } }) => ({
      ...at,
      message: `the resource "${name}" was not found in ${where}`,
      hint: "Resources are looked up in the device's libs, else in IOT_LIBS.",
    })));
  }
  return found as { resource: Resource; hostPath: string }[];
}

async function offersOf(resource: Resource, hostPath: string): Promise<Offered[]> {
  const [isIncluded, isExcluded] = await Promise.all([
    matchBoardPaths(resource.include),
    matchBoardPaths(resource.exclude),
  ]);
  const { isDirectory } = await Deno.stat(hostPath);
  const target = targetOf(resource, { isFolder: isDirectory });
  let all: { hostPath: string; path: string }[];
  if (isDirectory) {
    const base = target === "/" ? "" : target;
    const takes = (below: string) => isResourcePath(below) && !isExcluded(`${base}/${below}`);
    const files = (await walk(hostPath, { takes })).filter(({ kind }) => kind === "file");
    all = files.map(({ below, hostPath }) => ({ hostPath, path: `${base}/${below}` }));
  } else {
    all = isExcluded(target) ? [] : [{ hostPath, path: target }];
  }
  if (resource.include.length > 0) all = all.filter(({ path }) => isIncluded(path));
  return all.map(({ hostPath, path }) => {
    const compiled = resource.mpy && path.endsWith(".py") && !STAYS_SOURCE.has(baseName(path));
    const boardPath = compiled ? path.replace(/\.py$/, ".mpy") : path;
    return { resource, hostPath, compiled, path: boardPath };
  });
}

/** Where a resource goes on the board: a file's path, or the folder that what is in it goes to. */
function targetOf(
  { installDir, name, unpack }: Resource,
  { isFolder }: { isFolder: boolean },
): string {
  if (unpack && isFolder) return installDir;
  return `${installDir === "/" ? "" : installDir}/${unpack ? baseName(name) : name}`;
}

/**
 * Tells what the configuration excludes on the board: the device's patterns everywhere, a
 * resource's where that goes.
 */
export async function exclusionsOf(device: Configured): Promise<Matches> {
  const everywhere = await matchBoardPaths(device.exclude);
  const local = await Promise.all(
    device.resources.filter(({ exclude }) => exclude.length > device.exclude.length).map(
      async (resource) => ({
        folder: targetOf(resource, { isFolder: true }),
        matches: await matchBoardPaths(resource.exclude),
      }),
    ),
  );
  return (path) =>
    everywhere(path) ||
    local.some(({ folder, matches }) => isBelow(path, folder) && matches(path));
}

/** A path has one file, and where there is a file there is no folder. */
function withoutConflicts(offered: readonly Offered[]): readonly Offered[] {
  const byPath = new Map<string, Offered>();
  for (const offer of offered) {
    const other = byPath.get(offer.path);
    if (other !== undefined) throw conflict(offer.path, other, offer);
    byPath.set(offer.path, offer);
  }
  for (const offer of offered) {
    for (let at = offer.path.lastIndexOf("/"); at > 0; at = offer.path.lastIndexOf("/", at - 1)) {
      const file = byPath.get(offer.path.slice(0, at));
      if (file !== undefined) throw conflict(file.path, file, offer);
    }
  }
  return offered;
}

function conflict(path: string, first: Offered, second: Offered): ConfigError {
  return new ConfigError([{
    ...second.resource.at,
    message: `"${first.hostPath}" and "${second.hostPath}" both go to "${path}"`,
    hint: "Exclude one of them, or give one an install-dir of its own.",
  }]);
}

async function fileOf(
  { hostPath, path, compiled, resource }: Offered,
  { compile }: LocalOptions,
): Promise<HostFile> {
  if (!compiled) return await hostFile(hostPath, path);
  if (compile === undefined) throw new TypeError(`nothing compiles ${resource.name}`);
  const bytes = await compile(await readWhole(hostPath), path.replace(/\.mpy$/, ".py"));
  return await memoryFile({ path, hostPath, bytes });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
