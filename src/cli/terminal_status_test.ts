/** The line that changes in place, on a terminal and in a pipe. */

import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { TestTerminal } from "./terminal_testing.ts";

const PROGRAM = `
import { TerminalSink } from ${JSON.stringify(import.meta.resolve("./terminal_sink.ts"))};
const sink = new TerminalSink();
await sink.status("10 %");
await sink.status("x".repeat(300));
await sink.write("stdout", "output\\n");
await sink.status("90 %");
await sink.status("done", { final: true });
await sink.status("more");
await sink.status("");
await sink.write("stdout", "end\\n");
Deno.exit(0);
`;

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

async function withProgram<T>(work: (args: string[]) => Promise<T>): Promise<T> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, PROGRAM);
    return await work(["run", "-A", "--quiet", "--no-check", "--config", CONFIG, file]);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("TerminalSink.status() shows one line on a terminal, which output takes away", async () => {
  const shown = await withProgram(async (args) => {
    await using terminal = await TestTerminal.start(Deno.execPath(), args);
    await terminal.waitFor("end\r\n");
    assertEquals(await terminal.end(), 0);
    return terminal.shown;
  });
  const erase = "\r\x1b[K";
  assertEquals(
    shown,
    `10 %${erase}${"x".repeat(79)}${erase}output\r\n` +
      `90 %${erase}done\r\nmore${erase}end\r\n`,
  );
});

Deno.test("TerminalSink.status() shows nothing in a pipe but what is final", async () => {
  const { stdout, stderr } = await withProgram((args) =>
    new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output()
  );
  const decoder = new TextDecoder();
  assertEquals([decoder.decode(stdout), decoder.decode(stderr)], ["output\nend\n", "done\n"]);
});
