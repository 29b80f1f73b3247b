/** Records microbit.jsonl anew, from the emulated micro:bit. */

import { makeTree } from "@/config/testing.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { Microbit } from "../boards/microbit.ts";
import { record, runCommands } from "../trace_testing.ts";
import { microbitCommands, NOTE } from "./microbit_commands.ts";

await using board = await Microbit.start();
await using home = await makeTree({ "note.txt": NOTE });
const place = { schemes: BUILT_IN_SCHEMES, url: board.url, home: home.path };
// QEMU takes a second to notice that its terminal was opened, if nobody had it open before.
using _held = await Deno.open(board.path);
await runCommands([["exec", "pass"]], place);
const commands = microbitCommands(home.path);
const { ran, trace } = await record(commands, place);
for (const [index, { outcome, stdout }] of ran.entries()) {
  console.log(commands[index][0], outcome, JSON.stringify(stdout));
}
await Deno.writeTextFile(new URL("./microbit.jsonl", import.meta.url), trace);
