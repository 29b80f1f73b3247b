/** Commands that restart a board. */

import { IotError } from "@/base/errors.ts";
import { hardReset, isDeaf, pulseReset, startBootloader } from "@/device/hard_reset.ts";
import { ReplError } from "@/repl/repl_error.ts";
import { type Context, defineCommand } from "./command.ts";

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
    try {
      await hardReset(await devices.current({ signal, sink }), { signal });
    } catch (error) {
      if (!isDeaf(error)) throw error;
      await resetByLines(error, { devices, signal });
      const text = `The board does not stop what it does: DTR and RTS of ${error.address} were ` +
        "pulsed instead. If its reset is not wired to them, press its button.";
      await sink.write("stderr", `${text}\n`);
    }
    await devices.awaitReturn();
    // On the shell, main.py goes on: who wants to stop it runs something.
    if (surface === "shell") return;
    await devices.current({ signal, returnMs: timeout * 1000 });
  },
});

/**
 * Resets the board that `deaf` speaks of by the modem lines of its port.
 *
 * @throws {IotError} when the way to it has none.
 */
async function resetByLines(
  deaf: ReplError,
  { devices, signal }: Pick<Context, "devices" | "signal">,
): Promise<void> {
  const { address } = deaf;
  const { connected } = devices;
  if (connected?.url === address) {
    if (await pulseReset(connected.modem)) return;
  } else {
    await using line = await devices.openLine({ signal }).catch((error) => {
      signal.throwIfAborted();
      if (!(error instanceof IotError)) throw error;
      return undefined;
    });
    // Another board than this one is not to be touched.
    const transport = line?.transport;
    if (transport?.address === address && await pulseReset(transport.modem)) return;
  }
  const how = address.startsWith("sim:")
    ? "Restart the kernel, or the iot sim that runs it."
    : "Press its reset button, or unplug it.";
  throw new IotError(
    `The board at ${address} cannot be reset from here: it does not stop what it does, so that it ` +
      `cannot be told to, and this way to it carries no modem lines (DTR, RTS). ${how}`,
    3,
    { cause: deaf },
  );
}

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
