/** Giving a board a name: its UID, written into a device file. */

import { writeAtomically } from "@/base/atomic_file.ts";
import { UsageError } from "@/base/errors.ts";
import { type DeviceConfig, refuseName } from "./device_config.ts";
import { type DeviceEdit, editDevices } from "./device_edit.ts";
import { readDeviceFiles, readText } from "./device_files.ts";
import type { Environment } from "./environment.ts";
import { ConfigError } from "./problem.ts";

/** What a board that is to have a name is called in, when there are several files or none. */
const NEW_FILE = "devices.yaml";

/** How often to start again when an editor writes the file at the same time. */
const MAX_TRIES = 3;

/** What became of {@linkcode registerDevice}. */
export interface Registration {
  /** `known`: it had this name already, and nothing was written. */
  readonly change: "added" | "completed" | "renamed" | "known";
  /** The file that says so. */
  readonly file: string;
  /** The name that it had before, where it was renamed. */
  readonly before?: string;
}

/**
 * Writes down that the board with `uid` is called `name`: as a new device, as the UID of a device
 * that has none, or as another name of a device that has this UID. A new device goes into the only
 * YAML file of the first directory in `IOT_DEVICES`, else into `devices.yaml` there.
 *
 * @param board `uid` in the spelling of `normalizeUid`
 * @throws {UsageError} when the name cannot be a name, or is another board's.
 * @throws {ConfigError} when the file to change has problems, or cannot be written.
 */
export async function registerDevice(
  board: { readonly name: string; readonly uid: string },
  environment: Environment,
): Promise<Registration> {
  const { name, uid } = board;
  const refusal = refuseName(name);
  if (refusal !== undefined) throw new UsageError(`Cannot register: ${refusal}.`);
  if (uid === "") {
    throw new UsageError(`Cannot register "${name}": the board has no UID to know it by.`);
  }
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { devices, problems } = await readDeviceFiles(environment);
    const same = devices.find((device) => device.name === name);
    const known = devices.find((device) => device.uid === uid);
    if (same?.uid === uid) return { change: "known", file: same.at.file };
    refuseTaken(board, same, known);
    const file = (known ?? same)?.at.file ?? await newDeviceFile(environment);
    const blocking = problems.filter((problem) => problem.file === file);
    if (blocking.length > 0) throw new ConfigError(blocking);
    const edit: DeviceEdit = known === undefined
      ? { kind: "set-uid", name, uid }
      : { kind: "rename", from: known.name, to: name };
    if (!await applyEdit(file, edit)) continue;
    if (known !== undefined) return { change: "renamed", file, before: known.name };
    return { change: same === undefined ? "added" : "completed", file };
  }
  throw new UsageError(`Cannot register "${name}": another program keeps changing the file.`);
}

function refuseTaken(
  { name, uid }: { name: string; uid: string },
  same: DeviceConfig | undefined,
  known: DeviceConfig | undefined,
): void {
  if (same === undefined || (same.uid === undefined && known === undefined)) return;
  const { file, line } = same.at;
  throw new UsageError(
    same.uid === undefined
      ? `Cannot register "${name}": this board is "${known!.name}" at ${known!.at.file}:` +
        `${known!.at.line}, and ${file}:${line} has a "${name}" without UID. Remove one of them.`
      : `Cannot register "${name}": ${file}:${line} has it with another UID, ${same.uid}; this ` +
        `board's is ${uid}. Choose another name, or change the file if the board was replaced.`,
  );
}

async function newDeviceFile(environment: Environment): Promise<string> {
  const [directory] = environment.paths("IOT_DEVICES");
  if (directory === undefined) throw new UsageError("IOT_DEVICES names no directory.");
  const base = directory.replace(/\/+$/, "");
  try {
    await Deno.mkdir(base, { recursive: true });
    const names = (await Array.fromAsync(Deno.readDir(base))).map(({ name }) => name)
      .filter((name) => /^[^.].*\.ya?ml$/i.test(name));
    return `${base}/${names.length === 1 ? names[0] : NEW_FILE}`;
  } catch (cause) {
    throw cannotWrite(base, cause);
  }
}

/** Returns false when somebody else changed the file meanwhile. */
async function applyEdit(file: string, edit: DeviceEdit): Promise<boolean> {
  const read = () =>
    readText(file).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    });
  try {
    const text = await read();
    const edited = await editDevices(text, edit);
    if (await read() !== text) return false;
    await writeAtomically(file, edited);
    return true;
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
}

function cannotWrite(file: string, cause: unknown): ConfigError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = "Make it writable, or name another directory first in IOT_DEVICES.";
  const problem = { file, line: 0, column: 0, message: `cannot be written: ${reason}`, hint };
  return new ConfigError([problem], { cause });
}
