/**
 * `deno task bench:exec`: what one command on a board costs from start to end, against the least
 * that Deno can do, and against mpremote. The board is a simulated one on a pseudo-terminal, in a
 * process of its own.
 *
 * Exits with 1 when a target is missed: at most 4 times `deno eval ''`, at most half of mpremote.
 */

import { startSimulatedBoard } from "./board.ts";
import { table, timeCommands } from "./commands.ts";

const RUNS = 25;
const MAX_OF_DENO = 4;
const MAX_OF_MPREMOTE = 0.5;

const root = `${import.meta.dirname}/../../`;
const iot = `${root}dist/iot`;

await using board = await startSimulatedBoard(iot);
const [deno, ours, mpremote] = await timeCommands([
  { label: "deno eval ''", argv: [Deno.execPath(), "eval", ""], prints: "" },
  {
    label: "iot exec 'print(1)'",
    argv: [iot, "exec", "-d", `serial://${board.path}`, "print(1)"],
    prints: "1\n",
  },
  {
    label: "mpremote exec 'print(1)'",
    argv: [`${root}.venv/bin/mpremote`, "connect", board.path, "exec", "print(1)"],
    prints: "1\n",
  },
], RUNS);

console.log(table([deno, ours, mpremote]));
const ofDeno = ours.medianMs / deno.medianMs;
const ofMpremote = ours.medianMs / mpremote.medianMs;
console.log(`iot / deno:      ${ofDeno.toFixed(2)}  (at most ${MAX_OF_DENO})`);
console.log(`iot / mpremote:  ${ofMpremote.toFixed(2)}  (at most ${MAX_OF_MPREMOTE})`);
if (ofDeno > MAX_OF_DENO || ofMpremote > MAX_OF_MPREMOTE) Deno.exitCode = 1;
