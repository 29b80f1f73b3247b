/** Which Python of this computer runs cells: the user's choice, Jupyter's own, or the system's. */

import { withDeadline } from "@/base/deadline.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";

/** A Python that starts. */
export interface FoundPython {
  /** A path, or a program's name. */
  readonly program: string;
  /** Whether `ipykernel` can be imported there. */
  readonly hasIpykernel: boolean;
}

/** How long a Python may take to say what it has, in milliseconds: a cold one on a card is slow. */
const PROBE_MS = 30_000;

/**
 * Prints whether there is ipykernel: a status alone any program may have. It is not imported: that
 * would take half a second.
 */
const PROBE = `import importlib.util
print("ipykernel" if importlib.util.find_spec("ipykernel") else "plain")`;

/**
 * `$IOT_PYTHON` where that is set, else the one that runs Jupyter, else `python3`.
 *
 * @throws {UsageError} when it does not start.
 * @throws the signal's reason when it aborts.
 */
export async function findPython(
  environment: Environment,
  { signal }: { readonly signal: AbortSignal },
): Promise<FoundPython> {
  if (environment.raw("IOT_PYTHON") === undefined) {
    for (const program of await pythonsOfJupyter(environment)) {
      // One that has no ipykernel is no better than the system's.
      if (await probe(program, signal) === "ipykernel") return { program, hasIpykernel: true };
    }
  }
  // Python's directory changes, and a path shall not mean another one then.
  const program = environment.python().replace(/^(?![\\/]|[A-Za-z]:)(?=.*[\\/])/, `${Deno.cwd()}/`);
  const answer = await probe(program, signal);
  if (answer !== "nothing") return { program, hasIpykernel: answer === "ipykernel" };
  const setting = environment.raw("IOT_PYTHON");
  throw new UsageError(
    "Cannot run Python on this computer: " +
      (setting === undefined
        ? `"${program}" does not start, or is not Python 3. Install Python 3, or name it in IOT_PYTHON.`
        : `IOT_PYTHON is "${setting}", which does not start, or is not Python 3. Set it to a Python ` +
          "3, or unset it."),
  );
}

async function probe(
  program: string,
  signal: AbortSignal,
): Promise<"ipykernel" | "plain" | "nothing"> {
  const late = new IotError(`"${program}" does not start.`, 1);
  try {
    const { code, stdout } = await withDeadline(PROBE_MS, (either) => {
      const args = ["-c", PROBE];
      return new Deno.Command(program, { args, stdin: "null", signal: either }).output();
    }, { signal, error: () => late });
    signal.throwIfAborted();
    // What is set up to print as it starts does so first.
    const said = new TextDecoder().decode(stdout).trimEnd().split(/\r?\n/).at(-1);
    return code === 0 && (said === "ipykernel" || said === "plain") ? said : "nothing";
  } catch {
    signal.throwIfAborted();
    return "nothing";
  }
}

/**
 * What may be the Python of the Jupyter server that started this kernel, best first. jupyter_client
 * tells its process in `$JPY_PARENT_PID`.
 */
async function pythonsOfJupyter(environment: Environment): Promise<string[]> {
  const pid = environment.raw("JPY_PARENT_PID");
  if (pid === undefined || !/^\d+$/.test(pid)) return [];
  return pythonsOf(Deno.build.os === "linux" ? await linuxProcess(pid) : await otherProcess(pid));
}

/** A process, as its system shows it. */
export interface ProcessFacts {
  readonly args: readonly string[];
  /** The program's file. */
  readonly executable?: string | undefined;
  readonly directory?: string | undefined;
}

/**
 * The Pythons that a process may run: what it was called as, for a virtual environment's is a link to
 * another one; the one beside its script; and the program itself.
 */
export function pythonsOf({ args, executable, directory }: ProcessFacts): string[] {
  const found: string[] = [];
  const [program = "", script = ""] = args;
  const absolute = (path: string) =>
    path.startsWith("/") || directory === undefined ? path : `${directory}/${path}`;
  if (isPython(program)) found.push(program.includes("/") ? absolute(program) : program);
  for (const path of [script, program]) {
    const folder = /^(.*\/bin)\/jupyter[^/]*$/.exec(path)?.[1];
    if (folder !== undefined) found.push(`${absolute(folder)}/python`);
  }
  if (executable !== undefined && isPython(executable)) found.push(executable);
  return [...new Set(found)];
}

function isPython(path: string): boolean {
  return /(?:^|[\\/])(?:python|pypy)[\d.]*(?:\.exe)?$/i.test(path);
}

/** proc(5). */
async function linuxProcess(pid: string): Promise<ProcessFacts> {
  const link = (name: string) => Deno.readLink(`/proc/${pid}/${name}`).catch(() => undefined);
  const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  return {
    args: line.split("\0"),
    executable: await link("exe"),
    directory: await link("cwd"),
  };
}

/** By ps(1), as on macOS; where there is none, nothing is known. */
async function otherProcess(pid: string): Promise<ProcessFacts> {
  const ask = async (field: string) => {
    const args = ["-o", `${field}=`, "-p", pid];
    const { stdout } = await new Deno.Command("ps", { args, stdin: "null" }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    return { args: (await ask("args")).split(" "), executable: await ask("comm") };
  } catch {
    return { args: [] };
  }
}
