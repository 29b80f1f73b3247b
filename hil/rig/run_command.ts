/** Runs the programs that a rig is switched and shared with: each bounded, each with what it said. */

import { withDeadline } from "@/base/deadline.ts";
import type { Sink } from "@/base/sink.ts";
import { runProcess } from "@/host/process.ts";

/** What a program is run with. */
export interface CommandOptions {
  /** Ends it, and all that it has started. */
  readonly signal: AbortSignal;
  /** After so many milliseconds it is ended, too. */
  readonly withinMs: number;
  /** What is thrown then. */
  readonly late: () => Error;
  /** All variables that it sees. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes its standard output as it comes, besides the result. */
  readonly onOutput?: (text: string) => void;
}

/** How a program ended, and what it said. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end.
 *
 * @throws {UsageError} when it cannot be started.
 * @throws the signal's reason, or what `late` makes. It has ended then.
 */
export async function runCommand(
  [command, ...args]: readonly string[],
  { signal, withinMs, late, env, onOutput }: CommandOptions,
): Promise<CommandResult> {
  const said = { stdout: "", stderr: "" };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const sink: Pick<Sink, "write"> = {
    write(name, chunk) {
      const isText = typeof chunk === "string";
      const text = isText ? chunk : decoders[name].decode(chunk, { stream: true });
      said[name] += text;
      if (name === "stdout") onOutput?.(text);
      return Promise.resolve();
    },
  };
  const run = (signal: AbortSignal) =>
    runProcess({ command, args, cwd: Deno.cwd(), env, sink, signal });
  const { code } = await withDeadline(withinMs, run, { signal, error: late });
  return { code, ...said };
}
