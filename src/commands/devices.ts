/** Commands that find boards, connect to them and say which one it is. */

import { alignColumns } from "@/base/text.ts";
import { NO_BOARD_HINT } from "@/discovery/finder.ts";
import { type Context, defineCommand } from "./command.ts";

/** `%discover`: a row for each board that answers. */
export const discover = defineCommand<{ all: boolean; verbose: boolean; json: boolean }>({
  name: "discover",
  summary: "Discover available devices",
  group: "devices",
  surfaces: ["notebook", "shell"],
  arguments(parser) {
    parser.add_argument("-a", "--all", {
      action: "store_true",
      help: "list all devices connected to USB ports",
    });
    parser.add_argument("-v", "--verbose", { action: "store_true", help: "show uid" });
    parser.add_argument("--json", { action: "store_true", help: "print JSON, for programs" });
  },
  async run({ devices, sink, signal }, { all, verbose, json }) {
    const { found, unusable } = await devices.discover({ signal });
    if (json) {
      const rows = [
        ...found,
        ...(all ? unusable.map(({ error, ...rest }) => ({ ...rest, error: error.message })) : []),
      ];
      return await sink.write("stdout", JSON.stringify(rows, null, 2) + "\n");
    }
    const rows = found.map(({ name, url, uid }) => verbose ? [name, url, uid] : [name, url]);
    if (all) rows.push(...unusable.map(({ url, description = "" }) => ["-", url, description]));
    for (const line of alignColumns(rows)) await sink.write("stdout", line + "\n");
    for (const { error } of unusable) await sink.write("stderr", error.message + "\n");
    if (found.length === 0) await sink.write("stdout", `No boards found. ${NO_BOARD_HINT}\n`);
  },
});

/** `%connect`: makes one board the one that cells run on. */
export const connect = defineCommand<{ quiet: boolean; device: string }>({
  name: "connect",
  summary: "Connect to device",
  group: "devices",
  surfaces: ["notebook"],
  arguments(parser) {
    parser.add_argument("-q", "--quiet", { action: "store_true", help: "do not print a message" });
    parser.add_argument("device", { help: "name, UID or URL of the device" });
  },
  async run({ devices, sink, signal }, { quiet, device: target }) {
    const device = await devices.connect(target, { signal });
    const name = await devices.nameOf(device, { signal });
    if (!quiet) await sink.write("stdout", `Connected to ${name} @ ${device.url}\n`);
  },
});

/** `%name`. */
export const name = defineCommand({
  name: "name",
  summary: "Name of currently connected microcontroller.",
  group: "devices",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  async run(context) {
    const device = await context.devices.current(context);
    await print(context, await context.devices.nameOf(device, context));
  },
});

/** `%platform`. */
export const platform = defineCommand({
  name: "platform",
  summary: "sys.platform of currently connected device.",
  group: "devices",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  async run(context) {
    const device = await context.devices.current(context);
    await print(context, (await device.identity(context)).platform);
  },
});

async function print({ sink }: Context, line: string): Promise<void> {
  await sink.write("stdout", line + "\n");
}
