/** For tests: a kernel with the fake interpreter as a program, called as `iot` would be. */

import { runKernel } from "./kernel.ts";
import { FakeInterpreter } from "./testing.ts";

const [command, ...options] = Deno.args;
const connectionFile = options[options.indexOf("-f") + 1];
if (command !== "kernel") Deno.exit(2);
// What a launcher that is broken does.
if (Deno.env.has("IOT_TEST_EXIT")) Deno.exit(Number(Deno.env.get("IOT_TEST_EXIT")));
const parentPid = Number(Deno.env.get("JPY_PARENT_PID")) || undefined;
await runKernel(connectionFile, new FakeInterpreter(), { version: "1.2.3", parentPid });
