import { declaredBy, readArguments } from "./arguments.ts";
import type { Command, Surface } from "./command.ts";
import { COMMANDS } from "./registry.ts";
import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";

/** What `-h` shows. */
async function helpText(command: Command, surface: Surface): Promise<string> {
  const read = await readArguments(declaredBy(command, surface), ["-h"]);
  ok(read.kind === "help");
  return read.text;
}

Deno.test("every command has a unique name and a summary that fits its line", () => {
  const names = COMMANDS.map(({ name }) => name);
  assertEquals(names, [...new Set(names)]);
  for (const { name, summary } of COMMANDS) {
    match(name, /^[a-z]+$/);
    ok(summary.length > 10 && summary.length < 80, `summary of ${name}`);
  }
});

for (const command of COMMANDS) {
  for (const surface of command.surfaces) {
    const prog = (surface === "notebook" ? "%" : "iot ") + command.name;
    Deno.test(`${prog} -h shows usage, summary and options`, async () => {
      const help = await helpText(command, surface);
      ok(help.startsWith(`usage: ${prog} [-h]`), help);
      ok(help.includes(`\n\n${command.summary}\n\n`), help);
      ok(help.includes("\n  -h, --help"), help);
      assertEquals(help.includes("--device"), surface === "shell" && !!command.takesDevice);
    });
  }
}

Deno.test("%discover -h prints what the specification shows, in order", async () => {
  const command = COMMANDS.find(({ name }) => name === "discover")!;
  const help = await helpText(command, "notebook");
  const expected = [
    "usage: %discover [-h] [-a] [-v]",
    "",
    "Discover available devices",
    "",
    "optional arguments:",
    "  -h, --help     show this help message and exit",
    "  -a, --all      list all devices connected to USB ports",
    "  -v, --verbose  show uid",
  ];
  let from = 0;
  for (const line of expected) {
    const at = help.split("\n").findIndex((text, index) => index >= from && text.startsWith(line));
    ok(at >= from, `"${line}" is missing in\n${help}`);
    from = at + 1;
  }
});
