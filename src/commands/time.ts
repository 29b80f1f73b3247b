/** Commands about a board's clock. */

import { defineCommand } from "./command.ts";

const UTC_HELP = "the board keeps universal time, not this computer's local time";

/** `%gettime`: what the board's clock shows. */
export const gettime = defineCommand<{ verbose: boolean; utc: boolean }>({
  name: "gettime",
  summary: "Query microcontroller time",
  group: "time",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    const help = "also how far it is from this computer's";
    parser.add_argument("-v", "--verbose", { action: "store_true", help });
    parser.add_argument("--utc", { action: "store_true", help: UTC_HELP });
  },
  async run({ devices, sink, signal }, { verbose, utc }) {
    const { describeLead, readClock } = await import("@/device/clock.ts");
    const device = await devices.current({ signal });
    const { text, aheadMs } = await readClock(device, { signal, utc });
    await sink.write("stdout", `${text}${verbose ? `  (${describeLead(aheadMs)})` : ""}\n`);
  },
});

/** `%synctime`: the board's clock shows what this computer's shows. */
export const synctime = defineCommand<{ utc: boolean }>({
  name: "synctime",
  summary: "Synchronize microcontroller time to host",
  group: "time",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("--utc", { action: "store_true", help: UTC_HELP });
  },
  async run({ devices, sink, signal }, { utc }) {
    const { setClock } = await import("@/device/clock.ts");
    const device = await devices.current({ signal });
    const { text } = await setClock(device, { signal, utc });
    await sink.write("stdout", `${text}\n`);
  },
});
