import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import { levelOf, resetLevels } from "@/base/log.ts";
import { readLevel, readLogger, setLevels } from "./log_levels.ts";

Deno.test("readLevel() takes levels in any case, and Python's words for them", () => {
  assertEquals(
    ["DEBUG", "info", "Warn", "CRITICAL", "off"].map(readLevel),
    ["debug", "info", "warning", "error", "off"],
  );
});

Deno.test("readLevel() and readLogger() say what there is, and what was probably meant", () => {
  const level = /Unknown level "debg"\. Did you mean "debug"\? There are: debug, info, /;
  throws(() => readLevel("debg"), { name: "UsageError", exitCode: 2, message: level });
  const name = /Unknown logger "relp"\. There are: wire, transport, repl, /;
  throws(() => readLogger("relp"), { name: "UsageError", message: name });
});

Deno.test("setLevels() sets all, some, and those below others, in whatever order", () => {
  try {
    setLevels("device.files=debug, device=error info");
    assertEquals(
      [levelOf("repl"), levelOf("device"), levelOf("device.files")],
      ["info", "error", "debug"],
    );
    throws(() => setLevels("repl=loud"), /Unknown level "loud"/);
  } finally {
    resetLevels();
  }
});
