/**
 * `deno task bench:exec`: what one command on a board costs from start to end, against the least
 * that Deno can do, and against mpremote. The board is a simulated one on a pseudo-terminal, in a
 * process of its own.
 *
 * Exits with 1 when a target is missed: at most 4 times `deno eval ''`, at most half of mpremote.
 */

import { IOT, ROOT } from "../../hil/acceptance/support/product.ts";
import { simulate } from "../../hil/acceptance/support/simulated.ts";
import { table, timeCommands } from "./commands.ts";

const RUNS = 25;
const MAX_OF_DENO = 4;
const MAX_OF_MPREMOTE = 0.5;

await using board = await simulate("--pty");
const { serial } = board.addresses;
const [deno, ours, mpremote] = await timeCommands([
  { label: "deno eval ''", argv: [Deno.execPath(), "eval", ""], prints: "" },
  {
    label: "iot exec 'print(1)'",
    argv: [IOT, "exec", "-d", serial, "print(1)"],
    prints: "1\n",
  },
  {
    label: "mpremote exec 'print(1)'",
    argv: [
      `${ROOT}.venv/bin/mpremote`,
      "connect",
      serial.slice("serial://".length),
      "exec",
      "print(1)",
    ],
    prints: "1\n",
  },
], RUNS);

console.log(table([deno, ours, mpremote]));
const ofDeno = ours.medianMs / deno.medianMs;
const ofMpremote = ours.medianMs / mpremote.medianMs;
console.log(`iot / deno:      ${ofDeno.toFixed(2)}  (at most ${MAX_OF_DENO})`);
console.log(`iot / mpremote:  ${ofMpremote.toFixed(2)}  (at most ${MAX_OF_MPREMOTE})`);
if (ofDeno > MAX_OF_DENO || ofMpremote > MAX_OF_MPREMOTE) Deno.exitCode = 1;
