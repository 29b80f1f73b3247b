/** `iot repl`: the board's own prompt in this terminal. */

import { UsageError } from "@/base/errors.ts";
import { defineCommand } from "@/commands/command.ts";
import type { Transport } from "@/transport/transport.ts";

/** Ctrl-], as in telnet and mpremote. */
const LEAVE = 0x1d;

/** Ctrl-B leaves a raw REPL that somebody forgot, and shows the banner. */
const GREET = Uint8Array.of(0x0d, 0x02);

/** Connects keyboard and screen to the board until Ctrl-]. */
export const repl = defineCommand({
  name: "repl",
  summary: "Talk to a board's own prompt. Ctrl-] leaves.",
  group: "run",
  surfaces: ["shell"],
  takesDevice: true,
  async run({ devices, sink, signal }) {
    if (!Deno.stdin.isTerminal()) {
      throw new UsageError(
        "iot repl wants a terminal. For scripts there are iot exec and iot run.",
      );
    }
    await using transport = await devices.openTransport({ signal });
    if (transport.protocol !== undefined) {
      throw new UsageError(
        `${transport.address} has no prompt to show: ${transport.protocol}:// runs code only. ` +
          "Connect by serial:// or ws://, or take iot exec.",
      );
    }
    await sink.write("stdout", `Connected to ${transport.address}. Ctrl-] leaves.\r\n`);
    Deno.stdin.setRaw(true);
    try {
      await transport.write(GREET, { signal });
      // Either ends it: the user by Ctrl-], the board by going away.
      await Promise.race([
        sendKeys(transport, signal),
        showOutput(transport, (bytes) => sink.write("stdout", bytes), signal),
      ]);
    } finally {
      Deno.stdin.setRaw(false);
      await sink.write("stdout", "\n");
    }
  },
});

async function sendKeys(transport: Transport, signal: AbortSignal): Promise<void> {
  const buffer = new Uint8Array(256);
  while (true) {
    const count = await Deno.stdin.read(buffer);
    if (count === null) return;
    const keys = buffer.slice(0, count);
    const leave = keys.indexOf(LEAVE);
    if (leave === 0) return;
    await transport.write(leave > 0 ? keys.subarray(0, leave) : keys, { signal });
    if (leave > 0) return;
  }
}

async function showOutput(
  transport: Transport,
  show: (bytes: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<never> {
  while (true) await show(await transport.read({ signal }));
}
