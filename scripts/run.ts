/** Runs the programs that building, setting up and testing need: each with a deadline. */

/** What a program is run with. */
export interface RunOptions {
  args: readonly string[];
  cwd?: string;
  env?: Record<string, string>;
  clearEnv?: boolean;
  /** After this many milliseconds the program is ended, which is an error. */
  timeoutMs: number;
}

/** What a program left behind. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program could not be run to a good end. Its message names the program and what it said. */
export class RunError extends Error {
  override readonly name = "RunError";
}

/**
 * Runs a program without stdin and keeps what it prints.
 *
 * @throws {RunError} when it cannot be started, or is still running at its deadline.
 */
export async function capture(program: string, options: RunOptions): Promise<RunResult> {
  const { timeoutMs, ...rest } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const output = await start(program, () =>
    new Deno.Command(program, {
      ...rest,
      args: [...options.args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal,
    }).output());
  if (signal.aborted && !output.success) throw deadlineError(program, options);
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/**
 * Runs a program without stdin; what it prints goes where ours goes. Resolves with its exit code.
 *
 * @throws {RunError} when it cannot be started, or is still running at its deadline.
 */
export async function stream(program: string, options: RunOptions): Promise<number> {
  const { timeoutMs, ...rest } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const status = await start(program, () =>
    new Deno.Command(program, {
      ...rest,
      args: [...options.args],
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
      signal,
    }).spawn().status);
  if (signal.aborted && !status.success) throw deadlineError(program, options);
  return status.code;
}

/**
 * Like {@linkcode capture}, for programs that must end well. Resolves with its stdout.
 *
 * @throws {RunError} also when its exit code is not 0; the message holds its stderr.
 */
export async function need(program: string, options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await capture(program, options);
  if (code !== 0) {
    throw new RunError(`${commandLine(program, options)} ended with exit code ${code}:\n${stderr}`);
  }
  return stdout;
}

async function start<T>(program: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new RunError(`Cannot run ${program}: ${(error as Error).message}`, { cause: error });
  }
}

function deadlineError(program: string, options: RunOptions): RunError {
  const seconds = Math.round(options.timeoutMs / 1000);
  return new RunError(`${commandLine(program, options)} was not done after ${seconds} s.`);
}

function commandLine(program: string, options: RunOptions): string {
  return [program, ...options.args].join(" ");
}
