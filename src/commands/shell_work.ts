/** Does what `%%bash` and `!line` say: programs of this computer, in the shared working directory. */

import { UsageError } from "@/base/errors.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import { type ProcessExit, runProcess } from "@/host/process.ts";
import type { CellContext, Context } from "./command.ts";
import { exitOutcome, type OutputNames, OutputVariables } from "./programs.ts";

/** Linux takes no longer argument (`MAX_ARG_STRLEN`, execve(2)), its end included. */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;

/** Runs a cell by bash. It fails when bash does. */
export async function runBash(context: CellContext, names: OutputNames): Promise<Outcome> {
  const variables = new OutputVariables(names, context);
  const { body, bodyLine } = context;
  // Blank lines above it make bash's line numbers the cell's.
  const script = "\n".repeat(bodyLine - 1) + body;
  const { code } = await withScript(
    script,
    (args) => runProgram(["bash", ...args], { ...context, sink: variables }),
  );
  await variables.assign();
  return exitOutcome(code);
}

/** Has a script as bash's arguments while `work` runs: it leaves standard input alone. */
async function withScript<T>(script: string, work: (args: string[]) => Promise<T>): Promise<T> {
  if (new TextEncoder().encode(script).length <= MAX_ARGUMENT_BYTES) {
    return await work(["-c", script, "bash"]);
  }
  const file = await Deno.makeTempFile({ prefix: "iot-cell-", suffix: ".sh" });
  try {
    await Deno.writeTextFile(file, script);
    return await work([file]);
  } finally {
    await Deno.remove(file);
  }
}

/** A line for the shell. */
export interface ShellLine {
  /** What stands behind the `!`. */
  readonly command: string;
  /** The number, from 1, that it has in the cell. */
  readonly line: number;
}

/**
 * Runs a line by the shell. A status that is not 0 is shown, and the cell goes on: for many programs
 * it is an answer.
 *
 * @throws {UsageError} when it can have no effect, or when there is no shell.
 */
export async function runLine({ command, line }: ShellLine, context: Context): Promise<Outcome> {
  refuse(command);
  const shells = shellsOf(Deno.build.os, { command, line });
  for (const [index, argv] of shells.entries()) {
    try {
      const { code, signal } = await runProgram(argv, context);
      const how = signal === null ? `exit status ${code}` : `ended by ${signal}`;
      if (code !== 0) await context.sink.write("stderr", `${how}\n`);
      break;
    } catch (error) {
      const isMissing = error instanceof UsageError && error.cause instanceof Deno.errors.NotFound;
      if (!isMissing || index === shells.length - 1) throw error;
    }
  }
  return OK;
}

/** @throws {UsageError} where people who know IPython expect what a line does not do. */
function refuse(command: string): void {
  const folder = /^\s*cd(\s+[^\s;&|]+|)\s*$/.exec(command)?.[1];
  if (folder !== undefined) {
    throw new UsageError(
      `"!cd" would move a shell that ends at once. Use %cd${folder || " ~"}, which lasts.`,
    );
  }
  if (command.startsWith("!")) {
    throw new UsageError(`"!${command}" makes a list for Python. Use it in a %%host cell.`);
  }
}

/** The command lines that run a line, the best one first: a small system has no bash. */
export function shellsOf(os: typeof Deno.build.os, { command, line }: ShellLine): string[][] {
  if (os === "windows") return [["cmd", "/d", "/c", command]];
  const script = "\n".repeat(line - 1) + command;
  return ["bash", "sh"].map((shell) => [shell, "-c", script, shell]);
}

async function runProgram(
  [command, ...args]: readonly string[],
  { directory, sink, signal, programEnvironment }:
    & Pick<Context, "directory" | "signal" | "programEnvironment">
    & { readonly sink: Pick<Context["sink"], "write"> },
): Promise<ProcessExit> {
  const env = await programEnvironment();
  return await runProcess({ command, args, cwd: directory.path, env, sink, signal });
}
