/** The configuration: settings, device files, secrets, and the places where files are kept. */

import { IotError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";
import { readDeviceFiles } from "@/config/device_files.ts";
import { place, type PlaceKind } from "@/config/places.ts";
import { formatProblem, type Problem } from "@/config/problem.ts";
import { Secrets } from "@/config/secrets.ts";
import type { DeviceConfig } from "@/config/device_config.ts";
import { type Check, type Finding, fine } from "./check.ts";

/** `config.yaml` and the environment. */
export const settings: Check = {
  name: "settings",
  title: "Settings",
  run({ environment }) {
    return findings(environment, () => {
      if (environment.fileError !== undefined) return environment.fileError.problems.map(broken);
      const set = Object.entries(environment.settings()).map(([name, value]) => `${name}=${value}`);
      return [fine(set.join(" "))];
    });
  },
};

/** What the YAML of `IOT_DEVICES` says. */
export const devices: Check = {
  name: "devices",
  title: "Device files",
  run({ environment }) {
    return findings(environment, async () => {
      const { devices, problems } = await readDeviceFiles(environment);
      const found: Finding[] = problems.map(broken);
      const libs = environment.paths("IOT_LIBS");
      for (const device of devices) found.push(...await missingResources(device, libs));
      if (devices.length === 0 && found.length === 0) {
        const [directory] = environment.paths("IOT_DEVICES");
        return [fine(`No devices are configured in ${directory}. %register NAME makes a start.`)];
      }
      const names = devices.map(({ name }) => name).join(", ");
      return found.length > 0 ? found : [fine(`${devices.length}: ${names}.`)];
    });
  },
};

async function missingResources(
  { name: device, resources = [], libs: own }: DeviceConfig,
  shared: readonly string[],
): Promise<Finding[]> {
  const libs = own ?? shared;
  const found: Finding[] = [];
  for (const { name, at } of resources) {
    const exists = await Promise.all(
      libs.map((lib) => Deno.stat(`${lib}/${name}`).then(() => true, () => false)),
    );
    if (exists.includes(true)) continue;
    found.push({
      verdict: "warn",
      text: `${at.file}:${at.line}: the resource "${name}" of ${device} is in none of ${
        libs.join(", ")
      }.`,
      remedy: "put it there, or name its folder in libs",
    });
  }
  return found;
}

/** `secrets.py`. */
export const secrets: Check = {
  name: "secrets",
  title: "Secrets",
  run({ environment }) {
    return findings(environment, async () => {
      const [file] = environment.paths("IOT_SECRETS");
      const stat = await Deno.stat(file).catch(() => undefined);
      if (stat === undefined) {
        return [
          fine(`There is no ${file}. Boards that are reached by WebREPL want its webrepl_pwd.`),
        ];
      }
      const read = Secrets.parse(await Deno.readTextFile(file), file);
      const found: Finding[] = read.problems.map((problem) => ({
        ...broken(problem),
        verdict: "warn",
      }));
      found.push(...passwordFindings(read, file));
      if (Deno.build.os !== "windows" && ((stat.mode ?? 0) & 0o077) !== 0) {
        const text = `Others on this computer may read ${file}.`;
        found.push({ verdict: "warn", text, remedy: `chmod 600 "${file}"` });
      }
      return found.length > 0 ? found : [fine(`${file} sets ${read.names().join(", ")}.`)];
    });
  },
};

/** MicroPython's webrepl_setup takes passwords of 4 to 9 characters. */
function passwordFindings(secrets: Secrets, file: string): Finding[] {
  if (!secrets.names().includes("webrepl_pwd")) return [];
  const value = secrets.get("webrepl_pwd");
  if (typeof value === "string" && value.length >= 4 && value.length <= 9) return [];
  const text = `${file}: webrepl_pwd must be a text of 4 to 9 characters.`;
  return [{ verdict: "fail", text, remedy: "choose another, there and on the boards" }];
}

/** The directories of ours, and whether they can be written. */
export const places: Check = {
  name: "places",
  title: "Own files",
  run({ environment }) {
    return findings(environment, async () => {
      const kinds: readonly PlaceKind[] = ["data", "cache", "runtime"];
      const found = await Promise.all(kinds.map(async (kind) => {
        const path = place(kind, (name) => environment.raw(name));
        return await isWritable(path) ? undefined : { kind, path };
      }));
      const closed = found.filter((one) => one !== undefined);
      if (closed.length === 0) return [fine("Its directories can be written.")];
      return closed.map(({ kind, path }): Finding => ({
        verdict: kind === "cache" ? "fail" : "warn",
        text: `The ${kind} directory "${path}" cannot be written.`,
        remedy: `sudo chown -R "$USER" "${path}", or set XDG_${kind.toUpperCase()}_${
          kind === "runtime" ? "DIR" : "HOME"
        }`,
      }));
    });
  },
};

/** Tried out on the nearest directory that is there, so that looking makes none. */
async function isWritable(path: string): Promise<boolean> {
  for (let at = path; at.length > 1; at = at.replace(/[\\/][^\\/]*$/, "")) {
    const stat = await Deno.stat(at).catch(() => undefined);
    if (stat === undefined) continue;
    if (!stat.isDirectory) return false;
    try {
      await Deno.remove(await Deno.makeTempDir({ dir: at, prefix: ".iot-doctor-" }));
      return true;
    } catch {
      return false;
    }
  }
  return false;
}

function broken(problem: Problem): Finding {
  const { hint, ...rest } = problem;
  const text = formatProblem(rest);
  return { verdict: "fail", text, ...(hint !== undefined && { remedy: hint }) };
}

/** What is wrong with the settings is wrong with all that stands on them; it is said once. */
async function findings(
  { fileError }: Environment,
  look: () => Finding[] | Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof IotError)) throw error;
    if (error === fileError) {
      return [{ verdict: "warn", text: "Not looked at: config.yaml cannot be used (Settings)." }];
    }
    return [{ verdict: "fail", text: error.message }];
  }
}
