import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { TestTerminal } from "./terminal_testing.ts";

/** Asks for a password, and for a line. */
const PROGRAM = `
import { TerminalSink } from ${JSON.stringify(import.meta.resolve("./terminal_sink.ts"))};
const sink = new TerminalSink();
const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort(new Error("stopped")));
const { signal } = stop;
try {
  const password = await sink.input("Password: ", { signal, password: true });
  const name = await sink.input("Name: ", { signal });
  console.log(JSON.stringify([password, name]));
} catch (error) {
  console.log(error.message);
}
Deno.exit(0);
`;

async function ask(): Promise<TestTerminal> {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, PROGRAM);
  const terminal = await TestTerminal.start(Deno.execPath(), [
    ...["run", "-A", "--quiet", "--no-check", "--config", config],
    file,
  ]);
  await terminal.waitFor("Password: ");
  await terminal.waitForCooked(false);
  await Deno.remove(file);
  return terminal;
}

Deno.test("TerminalSink.input() shows nothing of a password, and then all as before", async () => {
  await using terminal = await ask();
  await terminal.type("wrong\x15secrex\x7ft\r");
  assertEquals(await terminal.waitFor("Name: "), "\r\n");
  await terminal.waitForCooked(true);
  await terminal.type("Ada\n");
  assertEquals(await terminal.waitFor(`["secret","Ada"]`), "Ada\r\n");
  assertEquals(await terminal.end(), 0);
});

Deno.test("TerminalSink.input() leaves the terminal as it was after Ctrl-C and Ctrl-D", async () => {
  const ends = [["sec\x03", "stopped"], ["\x04", "standard input has ended"]];
  for (const [keys, message] of ends) {
    await using terminal = await ask();
    await terminal.type(keys);
    await terminal.waitFor(message);
    assertEquals(await terminal.end(), 0);
    assertEquals(terminal.isCooked(), true);
    assertEquals(terminal.shown.includes("sec"), false);
  }
});
