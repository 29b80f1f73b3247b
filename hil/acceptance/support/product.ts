/** The executable under test, and the Python environment of the tests. */

import { capture, type RunResult } from "../../../scripts/run.ts";

/** Root of the checkout, with a slash at its end. */
export const ROOT = Deno.realPathSync(`${import.meta.dirname}/../../..`) + "/";

/** The executable, as a user has it. */
export const IOT = `${ROOT}dist/iot`;

/** No command in the tests may take longer. */
const DEADLINE_MS = 60_000;

/** What a command is started with. */
export interface StartOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** For what takes longer than commands do, in milliseconds. */
  readonly timeoutMs?: number;
}

/** The path of a program in the tests' Python environment. */
export async function venv(program: string): Promise<string> {
  const path = `${ROOT}.venv/bin/${program}`;
  return await require(path, "deno task setup");
}

async function require(path: string, remedy: string): Promise<string> {
  try {
    await Deno.stat(path);
    return path;
  } catch {
    throw new Error(`${path} is missing. Run: ${remedy}`);
  }
}

/**
 * An environment with no board but those that a test names, nothing remembered, and no settings of
 * this machine's user. What programs keep is below `folder`.
 */
export function isolated(folder: string): Record<string, string> {
  return {
    IOT_PORTS: "",
    IOT_DEVICE: "",
    XDG_CONFIG_HOME: `${folder}/config`,
    XDG_DATA_HOME: `${folder}/data`,
    // Where programs are asked for boards that they hold: this machine's user may hold some.
    XDG_RUNTIME_DIR: folder,
    // Connection files, which a server that is killed leaves behind.
    JUPYTER_RUNTIME_DIR: `${folder}/runtime`,
  };
}

/** Runs the executable to its end. */
export async function iot(args: readonly string[], options: StartOptions = {}): Promise<RunResult> {
  return await run(await require(IOT, "deno task compile"), args, options);
}

/** Runs a program to its end, with nothing on standard input. */
export async function run(
  program: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<RunResult> {
  return await capture(program, { args, timeoutMs: DEADLINE_MS, ...options });
}

/** A temporary directory that is removed afterwards. */
export async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "iot test " }); // the space is on purpose
  return {
    path,
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
    },
  };
}
