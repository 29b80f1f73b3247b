/**
 * What an emulated micro:bit with MicroPython 1.9.2 said, played back: no raw paste, no folders, long
 * code collected line by line.
 */

import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { makeTree } from "@/config/testing.ts";
import { replay } from "./trace_testing.ts";
import { microbitCommands, NOTE } from "./traces/microbit_commands.ts";

const REMEDY = "If iot was meant to say something else to boards than before, record it anew: " +
  "deno run -A hil/traces/record_microbit.ts";

Deno.test("a session with an emulated micro:bit plays back as it was recorded", async () => {
  const trace = await Deno.readTextFile(new URL("./traces/microbit.jsonl", import.meta.url));
  await using home = await makeTree({ "note.txt": NOTE });
  const commands = microbitCommands(home.path);
  const { ran, difference } = await replay(commands, { trace, home: home.path });
  assertEquals(difference, undefined, `${difference}. ${REMEDY}`);
  const [exec, long, failing, copied, listed, shown, removed] = ran;
  assertEquals(exec, { stdout: "hello 42\n", stderr: "", outcome: "ok" });
  assertEquals(long.stdout, "0 1 4 9 16 25 36 49 64 81\n");
  assertEquals(failing.outcome, "ZeroDivisionError: division by zero");
  assertEquals([copied.outcome, removed.outcome], ["ok", "ok"]);
  match(listed.stdout, new RegExp(`^ +${NOTE.length} .* note\\.txt\n$`));
  assertEquals(shown.stdout, NOTE);
});
