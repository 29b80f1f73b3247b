/** Switches a board's power: a hub's port by uhubctl, or whatever a command switches. */

import { pause } from "@/base/deadline.ts";
import type { PowerControl } from "./bench.ts";
import type { Waiting } from "./mount.ts";
import { RigError } from "./rig_error.ts";

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
  await run(commandFor(power, "off"), options);
  await pause(OFF_MS, options.signal);
  // Also when somebody interrupts: a board that is left off is gone for whoever comes next.
  await run(commandFor(power, "on"), { ...options, signal: AbortSignal.timeout(SWITCH_MS) });
  options.signal.throwIfAborted();
}

/** The command line that switches. */
export function commandFor(power: PowerControl, to: "on" | "off"): readonly string[] {
  if (power.kind === "commands") return ["sh", "-c", power[to]];
  // uhubctl's manual: -l location of the hub, -p port, -a action, -n no wait for the device.
  return ["uhubctl", "-l", power.location, "-p", String(power.port), "-a", to];
}

async function run(
  [program, ...args]: readonly string[],
  { board, signal }: Switch,
): Promise<void> {
  const shown = [program, ...args].join(" ");
  const fail = (what: string, cause?: unknown) =>
    new RigError("power", board, `Cannot switch the power of "${board}": ${what}`, { cause });
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.any([signal, AbortSignal.timeout(SWITCH_MS)]),
    }).spawn();
  } catch (cause) {
    throw fail(`"${program}" does not start. Install it, or name another way in power.`, cause);
  }
  const { code, stdout, stderr } = await child.output();
  signal.throwIfAborted();
  if (code === 0) return;
  const decoder = new TextDecoder();
  const said = `${decoder.decode(stdout)}${decoder.decode(stderr)}`.trim().slice(-MAX_SAID);
  throw fail(`\`${shown}\` ended with ${code}${said === "" ? "." : `: ${said}`}`);
}
