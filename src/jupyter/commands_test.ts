/** The commands as the shell calls them: arguments, and the files that come of them. */

import assert from "node:assert/strict";

import { UsageError } from "@/base/errors.ts";
import { MemorySink } from "@/base/sink.ts";
import { declaredBy, readArguments } from "@/commands/arguments.ts";
import type { Context } from "@/commands/command.ts";
import { Environment } from "@/config/environment.ts";

import { jupyterCommands } from "./commands.ts";
import { FakeInterpreter } from "./testing.ts";

const COMMANDS = jupyterCommands({
  launcher: ["/opt/iot"],
  version: "1.2.3",
  openInterpreter: () => new FakeInterpreter(),
});

/** Calls a command with the part of a context that these use. */
async function call(argv: string[], variables: Record<string, string> = {}): Promise<string> {
  const [name, ...rest] = argv;
  const command = COMMANDS.find((command) => command.name === name)!;
  const read = await readArguments(declaredBy(command, "shell"), rest);
  if (read.kind === "help") return read.text;
  const sink = new MemorySink();
  const context = {
    sink,
    signal: new AbortController().signal,
    environment: new Environment(variables),
    devices: { chosen: undefined },
  };
  await command.run(context as unknown as Context, read.values);
  return sink.stdout;
}

Deno.test("every command has a summary and a unique name, and is for the shell", () => {
  assert.equal(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length);
  for (const { summary, surfaces } of COMMANDS) {
    assert.match(summary, /^[A-Z].*\.$/);
    assert.deepEqual(surfaces, ["shell"]);
  }
});

Deno.test("install and uninstall go to the user's directory unless told otherwise", async () => {
  const home = await Deno.makeTempDir();
  try {
    const kernels = `${home}/.local/share/jupyter/kernels`;
    assert.match(await call(["install"], { HOME: home }), /Installed kernel iot in /);
    assert.ok((await Deno.stat(`${kernels}/iot/kernel.json`)).isFile);
    await call(["install", "--user", "--name", "other"], { HOME: home });
    await call(["uninstall"], { HOME: home });
    await assert.rejects(Deno.stat(`${kernels}/iot`), Deno.errors.NotFound);
    assert.ok((await Deno.stat(`${kernels}/other/kernel.json`)).isFile);
    await call(["install", "--prefix", `${home}/p`]);
    assert.ok((await Deno.stat(`${home}/p/share/jupyter/kernels/iot/kernel.json`)).isFile);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

for (
  const argv of [
    ["install", "--user", "--prefix", "/x"],
    ["install", "--name", "a/b"],
    ["install", "--name", ".."],
    ["uninstall", "--name", ".."],
    ["uninstall", "--name", "."],
    ["kernel"],
    ["execute"],
    ["execute", "x.ipynb", "--timeout", "0"],
    ["execute", "x.ipynb", "--timeout", "soon"],
    ["execute", "/nowhere.ipynb"],
  ]
) {
  Deno.test(`iot ${argv.join(" ")} is wrong usage`, async () => {
    await assert.rejects(call(argv, { HOME: "/nowhere" }), UsageError);
  });
}
