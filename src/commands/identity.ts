/** Commands that say which board it is. */

import { alignColumns } from "@/base/text.ts";
import { type Context, defineCommand } from "./command.ts";
import infoCode from "./info.py" with { type: "text" };

/** A command that prints one line about the current board. */
function tells(name: string, summary: string, tell: (context: Context) => Promise<string>) {
  return defineCommand({
    name,
    summary,
    group: "devices",
    surfaces: ["notebook", "shell"],
    takesDevice: true,
    async run(context) {
      await context.sink.write("stdout", `${await tell(context)}\n`);
    },
  });
}

/** `%name`. */
export const name = tells(
  "name",
  "Name of currently connected microcontroller.",
  async (context) => await context.devices.nameOf(await context.devices.current(context), context),
);

/** `%uid`. */
export const uid = tells(
  "uid",
  "UID of currently connected microcontroller.",
  async (context) => (await (await context.devices.current(context)).identity(context)).uid,
);

/** `%url`. */
export const url = tells(
  "url",
  "URL of currently connected microcontroller.",
  async (context) => (await context.devices.current(context)).url,
);

/** `%platform`. */
export const platform = tells(
  "platform",
  "sys.platform of currently connected device.",
  async (context) => (await (await context.devices.current(context)).identity(context)).platform,
);

/** `%info`: all of that, and with `-v` what the board says of its memory, flash and clock. */
export const info = defineCommand<{ verbose: boolean }>({
  name: "info",
  summary: "Summary about currently connected device.",
  group: "devices",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("-v", "--verbose", {
      action: "store_true",
      help: "show memory, flash and clock as well",
    });
  },
  async run(context, { verbose }) {
    const { devices, sink } = context;
    const device = await devices.current(context);
    const { uid, platform, implementation, version, machine } = await device.identity(context);
    const rows = [
      ["name", await devices.nameOf(device, context)],
      ["url", device.url],
      ["uid", uid],
      ["platform", platform],
      [implementation, version],
      ["machine", machine],
    ];
    if (verbose) {
      const text = await device.evaluate(infoCode, context);
      rows.push(...text.trimEnd().split("\n").map((line) => line.split("\t")));
    }
    const known = rows.filter(([, value]) => value);
    await sink.write("stdout", alignColumns(known).join("\n") + "\n");
  },
});
