import { deepStrictEqual as assertEquals, match, rejects } from "node:assert/strict";
import { levelOf, resetLevels } from "@/base/log.ts";
import { MemorySink } from "@/base/sink.ts";
import { declaredBy, readArguments } from "./arguments.ts";
import type { Context } from "./command.ts";
import { loglevel } from "./loglevel.ts";

async function run(...argv: string[]): Promise<string> {
  const read = await readArguments(declaredBy(loglevel, "notebook"), argv);
  const sink = new MemorySink();
  if (read.kind === "values") await loglevel.run({ sink } as unknown as Context, read.values);
  return sink.stdout;
}

Deno.test("%loglevel lists all loggers with their levels in columns", async () => {
  try {
    await run("DEBUG", "repl");
    const text = await run();
    match(text, /^wire +warning +sockets /m);
    match(text, /^repl {13}debug {4}getting /m);
    match(text, /^discovery\.lease {2}warning {2}boards asked/m);
  } finally {
    resetLevels();
  }
});

Deno.test("%loglevel LEVEL sets all, %loglevel LEVEL LOGGER one, and prints nothing", async () => {
  try {
    assertEquals(await run("info"), "");
    assertEquals(await run("error", "Device"), "");
    assertEquals([levelOf("repl"), levelOf("device.files")], ["info", "error"]);
  } finally {
    resetLevels();
  }
});

Deno.test("%loglevel refuses levels and loggers that there are not, and changes nothing", async () => {
  await rejects(run("loud"), /Unknown level "loud"/);
  await rejects(run("debug", "discovry"), /Did you mean "discovery"\?/);
  assertEquals(levelOf("discovery"), "warning");
});
