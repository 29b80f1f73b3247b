/** Commands that restart a board. */

import { IotError } from "@/base/errors.ts";
import { hardReset, startBootloader } from "@/device/hard_reset.ts";
import { ReplError } from "@/repl/repl_error.ts";
import { defineCommand } from "./command.ts";

/** What `%softreset` shows; the specification's banner, red where there is colour. */
const BANNER = [
  "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
  "!!!!!   softreset ...     !!!!!",
  "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
];

/** `%softreset`: a fresh interpreter. boot.py runs, main.py does not. */
export const softreset = defineCommand<{ quiet: boolean }>({
  name: "softreset",
  summary: "Reset the MicroPython interpreter. Variables are lost, files stay.",
  group: "reset",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("-q", "--quiet", { action: "store_true", help: "do not print a banner" });
  },
  async run({ devices, sink, signal }, { quiet }) {
    const device = await devices.current({ signal });
    if (!quiet) {
      const banner = sink.colour ? BANNER.map((line) => `\x1b[0;31m${line}\x1b[0m`) : BANNER;
      await sink.write("stdout", `\n${banner.join("\n")}\n\n`);
    }
    await device.softReset({ onOutput: (chunk) => sink.write("stdout", chunk), signal });
  },
});

/** How long a board may take to be back, in seconds: an ESP32 boots for 1.5 s, and Wi-Fi takes 5. */
const BACK_S = 10;

/** `%hardreset`: as the reset button. boot.py and main.py run. */
export const hardreset = defineCommand<{ timeout: number }>({
  name: "hardreset",
  summary: "Reset the device as its reset button does: boot.py and main.py run.",
  group: "reset",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("-t", "--timeout", {
      type: "float",
      default: BACK_S,
      metavar: "S",
      help: `how long it may take to be back; default ${BACK_S}`,
    });
  },
  async run({ devices, sink, signal, surface }, { timeout }) {
    const device = await devices.current({ signal, sink });
    await hardReset(device, { signal });
    await devices.awaitReturn();
    // On the shell, main.py goes on: who wants to stop it runs something.
    if (surface === "shell") return;
    await devices.current({ signal, returnMs: timeout * 1000 });
  },
});

/** `%bootloader`: where a board takes new firmware. */
export const bootloader = defineCommand({
  name: "bootloader",
  summary: "Start the board's bootloader, to flash new firmware.",
  group: "reset",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  async run({ devices, sink, signal }) {
    const device = await devices.current({ signal });
    try {
      await startBootloader(device, { signal });
    } catch (error) {
      if (!(error instanceof ReplError) || error.code !== "exception") throw error;
      throw new IotError(
        `The board at ${device.url} cannot start its bootloader by itself (it has neither ` +
          "machine.bootloader() nor microcontroller.on_next_reset()). Use its buttons.",
        1,
        { cause: error },
      );
    }
    await devices.awaitReturn();
    const text = "The board is in its bootloader. Flash it, or reset it to get back to Python.";
    await sink.write("stdout", `${text}\n`);
  },
});
