/** Does what `%%bash` and `!line` say: programs of this computer, in the shared working directory. */

import type { Outcome } from "@/base/outcome.ts";
import { OK } from "@/base/outcome.ts";
import { UsageError } from "@/base/errors.ts";
import { runProcess } from "@/host/process.ts";
import type { CellContext, Context } from "./command.ts";
import { exitOutcome, type OutputNames, OutputVariables } from "./programs.ts";

/** Runs a cell by bash. It fails when bash does. */
export async function runBash(context: CellContext, names: OutputNames): Promise<Outcome> {
  const variables = new OutputVariables(names, context);
  const { body, bodyLine, directory, signal } = context;
  const { code } = await runProcess({
    command: "bash",
    // Blank lines above it make bash's line numbers the cell's. As -c, it leaves standard input alone.
    args: ["-c", "\n".repeat(bodyLine - 1) + body, "bash"],
    cwd: directory.path,
    env: await context.programEnvironment(),
    sink: variables,
    signal,
  });
  await variables.assign();
  return exitOutcome(code);
}

/**
 * Runs a line by the shell. A status that is not 0 is shown, and the cell goes on: for many programs
 * it is an answer.
 *
 * @throws {UsageError} when it can have no effect.
 */
export async function runLine(command: string, context: Context): Promise<Outcome> {
  const [, folder] = /^\s*cd(?:\s+(\S+))?\s*$/.exec(command) ?? [undefined, undefined];
  if (folder !== undefined) {
    throw new UsageError(`"!cd" would move a shell that ends at once. Use %cd ${folder}.`);
  }
  const { directory, sink, signal } = context;
  const [shell, option] = Deno.build.os === "windows" ? ["cmd", "/c"] : ["bash", "-c"];
  const { code } = await runProcess({
    command: shell,
    args: [option, command],
    cwd: directory.path,
    env: await context.programEnvironment(),
    sink,
    signal,
  });
  if (code !== 0) await sink.write("stderr", `exit status ${code}\n`);
  return OK;
}
