/** What the configuration says belongs on a board. */

import { UsageError } from "@/base/errors.ts";
import type { DeviceConfig } from "@/config/device_config.ts";
import { readDeviceFiles } from "@/config/device_files.ts";
import { ConfigError } from "@/config/problem.ts";
import type { Device } from "@/device/device.ts";
import type { Configured } from "@/sync/local.ts";
import type { Context } from "./command.ts";

/** A list that came out empty is a mistake more often than a wish. */
export const EMPTY_HINT = "To remove all files of a board, use rm -rf /.";

/**
 * The configuration of `device`: by its UID, else by its address or name.
 *
 * @throws {ConfigError} when there is none, but a device file that cannot be used might have it.
 * @throws {UsageError} when there is none, or it names no resources.
 */
export async function configurationOf(
  device: Device,
  { devices, environment, signal }: Pick<Context, "devices" | "environment" | "signal">,
): Promise<Configured> {
  const { uid } = await device.identity({ signal });
  const name = await devices.nameOf(device, { signal });
  const { devices: all, problems } = await readDeviceFiles(environment);
  const config = all.find((config) => uid !== "" && config.uid === uid) ??
    // A board that was given no UID is known by what it is called.
    all.filter((config) => config.uid === undefined)
      .find((config) => config.url === device.url || config.name === name);
  if (config !== undefined) return configured(config);
  if (problems.length > 0) throw new ConfigError(problems);
  const where = environment.paths("IOT_DEVICES").join(" and ");
  const called = name === uid || uid === "" ? name : `${name} (${uid})`;
  throw new UsageError(
    `Nothing says which files belong on ${called}: no device file in ${where} is about it. ` +
      "Write one with its uid and resources; register NAME begins it.",
  );
}

function configured(config: DeviceConfig): Configured {
  const { resources = [], name, at: { file, line } } = config;
  if (resources.length > 0) return { ...config, resources };
  throw new UsageError(
    `Nothing says which files belong on ${name}: ${file}:${line} lists no resources for it. ` +
      `Name some below resources:. ${EMPTY_HINT}`,
  );
}
