/** The device configuration of the directories in `IOT_DEVICES`, read and checked as a whole. */

import { type DeviceConfig, readDevices } from "./device_config.ts";
import type { Environment } from "./environment.ts";
import { ConfigError, type Position, type Problem } from "./problem.ts";
import { parseYaml } from "./yaml_tree.ts";

/** A configuration larger than this was not written by a person. */
const MAX_FILE_BYTES = 256 * 1024;

/** What the files say, and everything that is wrong with them. */
export interface DeviceFiles {
  /** The devices that nothing is wrong with, in the order of the files and in them. */
  readonly devices: readonly DeviceConfig[];
  readonly problems: readonly Problem[];
}

/**
 * The configured devices. Read anew each time: people edit these files while a kernel runs.
 *
 * @throws {ConfigError} with all problems of all files, when there are any.
 * @throws {UsageError} when `IOT_DEVICES` cannot be expanded.
 */
export async function loadDevices(environment: Environment): Promise<readonly DeviceConfig[]> {
  const { devices, problems } = await readDeviceFiles(environment);
  if (problems.length > 0) throw new ConfigError(problems);
  return devices;
}

/**
 * The same for those who go on with what is right, such as discovery: a mistake about one board
 * must not hide another.
 *
 * @throws {UsageError} when `IOT_DEVICES` cannot be expanded.
 */
export async function readDeviceFiles(environment: Environment): Promise<DeviceFiles> {
  const paths: string[] = [];
  const problems: Problem[] = [];
  for (const directory of environment.paths("IOT_DEVICES")) {
    try {
      paths.push(...await listYaml(directory));
    } catch (error) {
      problems.push(problemOf(directory, error));
    }
  }
  const devices: DeviceConfig[] = [];
  for (const path of new Set(paths)) {
    const file = await readDeviceFile(path, environment);
    devices.push(...file.devices);
    problems.push(...file.problems);
  }
  return withoutDuplicates({ devices, problems });
}

async function readDeviceFile(path: string, environment: Environment): Promise<DeviceFiles> {
  let text: string;
  try {
    text = await readText(path);
  } catch (error) {
    return { devices: [], problems: [problemOf(path, error)] };
  }
  const { root, problems } = await parseYaml(text, path);
  const read = readDevices(root, environment);
  // Nobody knows what a file means that breaks YAML's rules.
  const devices = problems.length > 0 ? [] : read.devices;
  // What a broken file seems to say would only hide why it is broken.
  return { devices, problems: problems.length > 0 ? problems : read.problems };
}

/** The YAML files of a directory, by name; none where there is no such directory. */
async function listYaml(directory: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(directory)) {
      // Editors keep their own files beside, .x.yaml.swp or .#x.yaml.
      if (!entry.isDirectory && /^[^.].*\.ya?ml$/i.test(entry.name)) names.push(entry.name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const base = directory.replace(/\/+$/, "");
  return names.sort().map((name) => `${base}/${name}`);
}

/** What the text of a configuration file is, without the mark that some editors begin it with. */
export async function readText(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  if (bytes.length > MAX_FILE_BYTES) throw new NotText(`is larger than ${MAX_FILE_BYTES} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new NotText(`is not UTF-8 text: ${whereNotUtf8(bytes)}`);
  }
}

/** A file whose content is no text that we take. */
class NotText extends Error {}

function whereNotUtf8(bytes: Uint8Array): string {
  const [before] = new TextDecoder().decode(bytes).split("\ufffd", 1);
  return `see line ${before.split("\n").length}`;
}

function problemOf(file: string, error: unknown): Problem {
  const at = { file, line: 0, column: 0 };
  if (error instanceof NotText) return { ...at, message: `the file ${error.message}` };
  if (error instanceof Deno.errors.PermissionDenied) {
    return { ...at, message: "permission denied", hint: `Run chmod u+r on it, or chown.` };
  }
  if (error instanceof Deno.errors.NotFound) {
    return { ...at, message: "this link leads nowhere", hint: "Remove it, or mend what it names." };
  }
  return { ...at, message: error instanceof Error ? error.message : String(error) };
}

/** Names and UIDs are there once in all files. The first one counts, the others are problems. */
function withoutDuplicates({ devices, problems }: DeviceFiles): DeviceFiles {
  const names = new Map<string, Position>();
  const uids = new Map<string, DeviceConfig>();
  const kept: DeviceConfig[] = [];
  const found: Problem[] = [...problems];
  for (const device of devices) {
    const { name, uid, at } = device;
    const sameName = names.get(name);
    const sameUid = uid === undefined ? undefined : uids.get(uid);
    if (sameName !== undefined) {
      const hint = `The other one is at ${sameName.file}:${sameName.line}. Rename one of them.`;
      found.push({ ...at, message: `the device "${name}" is there twice`, hint });
    } else if (sameUid !== undefined) {
      const { name: other, at: { file, line } } = sameUid;
      const hint = `"${other}" at ${file}:${line} has it too. A UID belongs to one board.`;
      found.push({ ...at, message: `the device "${name}" has the UID of another, ${uid}`, hint });
    } else kept.push(device);
    names.set(name, sameName ?? at);
    if (uid !== undefined && sameUid === undefined) uids.set(uid, device);
  }
  return { devices: kept, problems: found };
}
