/** For tests: `iot kernel` with the fake interpreter as a program. */

import { setLogOutput } from "@/base/log.ts";
import type { Context } from "@/commands/command.ts";
import { Environment } from "@/config/environment.ts";
import { logOutput } from "@/config/log_output.ts";
import { jupyterCommands } from "./commands.ts";
import { FakeInterpreter } from "./testing.ts";

const [name, ...options] = Deno.args;
const file = options[options.indexOf("-f") + 1];
if (name !== "kernel") Deno.exit(2);
// What a launcher that is broken does.
if (Deno.env.has("IOT_TEST_EXIT")) Deno.exit(Number(Deno.env.get("IOT_TEST_EXIT")));
const commands = jupyterCommands({
  launcher: [Deno.execPath()],
  version: "1.2.3",
  openInterpreter: () => new FakeInterpreter(),
});
const kernel = commands.find((command) => command.name === name)!;
setLogOutput(() => Promise.resolve(logOutput({ redact: (text) => text })));
const environment = new Environment(Deno.env.toObject());
await kernel.run({ environment } as unknown as Context, { file, no_history: true });
