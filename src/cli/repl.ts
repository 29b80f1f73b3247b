/** `iot repl`: the board's own prompt in this terminal. */

import { UsageError } from "@/base/errors.ts";
import { type Context, defineCommand } from "@/commands/command.ts";
import type { Terminal } from "./repl/conversation.ts";

/** Ctrl-B leaves a raw REPL that somebody forgot, and shows the banner. */
const GREET = Uint8Array.of(0x0d, 0x02);

/** Connects keyboard and screen to the board until Ctrl-]. */
export const repl = defineCommand({
  name: "repl",
  summary: "Talk to a board's own prompt. Ctrl-] leaves, Ctrl-R finds earlier lines.",
  group: "run",
  surfaces: ["shell"],
  takesDevice: true,
  async run({ devices, environment, sink, signal }) {
    if (!Deno.stdin.isTerminal()) {
      throw new UsageError(
        "iot repl wants a terminal. For scripts there are iot exec and iot run.",
      );
    }
    await using line = await devices.openLine({ signal });
    const { transport } = line;
    if (transport.protocol !== undefined) {
      throw new UsageError(
        `${transport.address} has no prompt to show: ${transport.protocol}:// runs code only. ` +
          "Connect by serial:// or ws://, or take iot exec.",
      );
    }
    const [{ Conversation }, { LineHistory }, { Redactor }] = await Promise.all([
      import("./repl/conversation.ts"),
      import("./repl/line_history.ts"),
      import("@/config/redact.ts"),
    ]);
    const history = await LineHistory.open((name) => environment.raw(name));
    const redactor = new Redactor(environment);
    await sink.write(
      "stdout",
      `Connected to ${transport.address}. Ctrl-] leaves, Ctrl-R finds earlier lines.\r\n`,
    );
    using terminal = openTerminal(sink);
    await transport.write(GREET, { signal });
    const mayKeep = (line: string) => redactor.redact(line) === line;
    await new Conversation(transport, { terminal, history, mayKeep, signal }).run();
  },
});

/** The terminal, in raw mode until disposed. */
function openTerminal(sink: Context["sink"]): Terminal & Disposable {
  Deno.stdin.setRaw(true);
  const buffer = new Uint8Array(4_096);
  return {
    async read() {
      // A terminal that was closed fails to be read, or has ended.
      const count = await Deno.stdin.read(buffer).catch(() => null);
      return count === null ? undefined : buffer.slice(0, count);
    },
    write: (output) => sink.write("stdout", output),
    columns() {
      try {
        return Deno.consoleSize().columns || 80; // a serial console may say 0
      } catch {
        return 80;
      }
    },
    [Symbol.dispose]() {
      try {
        Deno.stdin.setRaw(false);
        Deno.stdout.writeSync(Uint8Array.of(0x0a));
      } catch {
        // The terminal was closed.
      }
    },
  };
}
