import { declaredBy, helpOf, listArguments, readArguments } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { deepStrictEqual as assertEquals, match, ok, rejects } from "node:assert/strict";

const greet = defineCommand({
  name: "greet",
  summary: "Say hello to somebody.",
  group: "devices",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("-l", "--loud", { action: "store_true", help: "in capitals" });
    parser.add_argument("who", { help: "name" });
  },
  run: () => Promise.resolve(),
});

Deno.test("readArguments() returns the values by name", async () => {
  assertEquals(await readArguments(declaredBy(greet, "notebook"), ["-l", "Ada"]), {
    kind: "values",
    values: { loud: true, who: "Ada" },
  });
});

Deno.test("readArguments() takes -d on the shell only", async () => {
  const read = await readArguments(declaredBy(greet, "shell"), ["-d", "sim://x", "Ada"]);
  ok(read.kind === "values");
  assertEquals([read.device, read.values], ["sim://x", { loud: false, who: "Ada" }]);
  await rejects(readArguments(declaredBy(greet, "notebook"), ["-d", "sim://x", "Ada"]), {
    name: "UsageError",
  });
});

Deno.test("readArguments() returns the help text instead of printing it", async () => {
  const read = await readArguments(declaredBy(greet, "notebook"), ["-h"]);
  ok(read.kind === "help");
  match(read.text, /^usage: %greet \[-h\] \[-l\] who\n\nSay hello to somebody\.\n/);
});

Deno.test("readArguments() says what is wrong, and the usage", async () => {
  await rejects(readArguments(declaredBy(greet, "shell"), []), {
    name: "UsageError",
    exitCode: 2,
    message: /^usage: iot greet .*\niot greet: error: .*who/s,
  });
});

Deno.test("listArguments() lists what was declared", async () => {
  assertEquals(await listArguments(declaredBy(greet, "notebook")), [
    { flags: ["-h", "--help"], name: "help", choices: [], takesValue: false },
    { flags: ["-l", "--loud"], name: "loud", choices: [], takesValue: false },
    { flags: [], name: "who", choices: [], takesValue: true },
  ]);
  match(await helpOf(declaredBy(greet, "notebook")), /^usage: %greet \[-h\]/);
});
