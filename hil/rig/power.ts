/** Switches a board's power: a hub's port by uhubctl, or whatever a command switches. */

import { pause } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { PowerControl } from "./bench.ts";
import type { Waiting } from "./mount.ts";
import { RigError } from "./rig_error.ts";
import { type CommandResult, runCommand } from "./run_command.ts";

/** How long a switch may take, in milliseconds. */
const SWITCH_MS = 30_000;

/** How long power stays off: a board's capacitors keep it alive for a moment. */
const OFF_MS = 1_000;

/** More of what a command said does not help. */
const MAX_SAID = 500;

/** What is switched, for whom. */
export interface Switch extends Waiting {
  /** What the bench file calls the board. */
  readonly board: string;
}

/**
 * Off, and on again.
 *
 * @throws {RigError} `power` with what the command said, when it fails.
 */
export async function cyclePower(power: PowerControl, options: Switch): Promise<void> {
  try {
    await run(commandFor(power, "off"), options);
    await pause(OFF_MS, options.signal);
  } finally {
    // Also when somebody interrupts: a board that is left off is gone for whoever comes next.
    await run(commandFor(power, "on"), { ...options, signal: new AbortController().signal });
  }
  options.signal.throwIfAborted();
}

/** The command line that switches. */
export function commandFor(power: PowerControl, to: "on" | "off"): readonly string[] {
  if (power.kind === "commands") return ["sh", "-c", power[to]];
  // uhubctl's manual: -l location of the hub, -p port, -a action, -n no wait for the device.
  return ["uhubctl", "-l", power.location, "-p", String(power.port), "-a", to];
}

async function run(command: readonly string[], { board, signal }: Switch): Promise<void> {
  const shown = command.join(" ");
  const fail = (what: string, cause?: unknown) =>
    new RigError("power", board, `Cannot switch the power of "${board}": ${what}`, { cause });
  let result: CommandResult;
  try {
    result = await runCommand(command, {
      signal,
      withinMs: SWITCH_MS,
      late: () => fail(`\`${shown}\` was not done after ${SWITCH_MS / 1000} s.`),
      env: Deno.env.toObject(),
    });
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw fail(`${cause.message} Install it, or name another way in power.`, cause);
  }
  if (result.code === 0) return;
  const said = `${result.stdout}${result.stderr}`.trim().slice(-MAX_SAID);
  throw fail(`\`${shown}\` ended with ${result.code}${said === "" ? "." : `: ${said}`}`);
}
