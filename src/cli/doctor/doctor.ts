/** `iot doctor`: what is wrong on this computer, and the command that mends it. */

import type { Outcome } from "@/base/outcome.ts";
import { type Command, defineCommand } from "@/commands/command.ts";
import type { Environment } from "@/config/environment.ts";
import type { Check, Finding, Said, Scene, Verdict } from "./check.ts";

/** No program that is asked something may take longer, in milliseconds; Python on a Pi takes 2 s. */
const ASK_MS = 10_000;

/** A finding, with the check that made it. */
interface Row extends Finding {
  readonly check: string;
  readonly title: string;
}

/** SGR colours of the verdicts. */
const COLOURS: Readonly<Record<Verdict, string>> = { ok: "32", warn: "33", fail: "31" };

/** The command; `launcher` is the command line that starts this program. */
export function doctorCommand(launcher: readonly string[]): Command {
  return defineCommand<{ json: boolean }>({
    name: "doctor",
    summary: "Check this computer, and say how to mend what is wrong.",
    group: "shell",
    surfaces: ["shell"],
    arguments(parser) {
      parser.add_argument("--json", { action: "store_true", help: "print JSON, for programs" });
    },
    async run({ environment, sink, signal }, { json }) {
      const { CHECKS } = await import("./checks.ts");
      const rows = await examine(CHECKS, await realScene(environment, { launcher, signal }));
      signal.throwIfAborted();
      const text = json ? JSON.stringify(rows, null, 2) : show(rows, { colour: sink.colour });
      await sink.write("stdout", `${text}\n`);
      return verdictOf(rows);
    },
  });
}

/** Runs all checks at once; their findings in the checks' order. */
export async function examine(checks: readonly Check[], scene: Scene): Promise<Row[]> {
  const rows = await Promise.all(checks.map(async ({ name, title, run }) => {
    const findings = await run(scene);
    return findings.map((finding) => ({ check: name, title, ...finding }));
  }));
  return rows.flat();
}

/** A line for each finding, and one more for what mends it. */
export function show(rows: readonly Row[], { colour }: { colour: boolean }): string {
  const width = Math.max(...rows.map(({ title }) => title.length));
  return rows.flatMap(({ verdict, title, text, remedy }) => {
    const word = verdict.padEnd(4);
    const mark = colour ? `\x1b[${COLOURS[verdict]}m${word}\x1b[0m` : word;
    const line = `${mark}  ${title.padEnd(width)}  ${text}`;
    return remedy === undefined ? [line] : [line, `${" ".repeat(width + 8)}→ ${remedy}`];
  }).join("\n");
}

/** The findings were the message: what fails is told by the exit code alone. */
function verdictOf(rows: readonly Row[]): Outcome {
  if (!rows.some(({ verdict }) => verdict === "fail")) return { status: "ok" };
  return {
    status: "error",
    origin: "iot",
    ename: "Doctor",
    evalue: "",
    traceback: [],
    exitCode: 1,
  };
}

async function realScene(
  environment: Environment,
  { launcher, signal }: { launcher: readonly string[]; signal: AbortSignal },
): Promise<Scene> {
  const run = (program: string, args: readonly string[]) => ask(program, args, signal);
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  const groups = /^Groups:(.*)$/m.exec(status)?.[1].trim().split(/\s+/).map(Number) ?? [];
  const gid = Deno.gid();
  return {
    environment,
    root: "",
    user: {
      name: environment.raw("USER") ?? environment.raw("LOGNAME") ?? "$USER",
      uid: Deno.uid() ?? -1,
      groups: gid === null ? groups : [...groups, gid],
    },
    launcher,
    // test(1) asks the system, which knows more than the permission bits: udev gives ports to
    // whoever sits at the computer by an access list.
    mayUse: async (path) => (await run("test", ["-r", path, "-a", "-w", path]))?.code === 0,
    run,
  };
}

async function ask(
  program: string,
  args: readonly string[],
  interrupt: AbortSignal,
): Promise<Said | undefined> {
  const signal = AbortSignal.any([interrupt, AbortSignal.timeout(ASK_MS)]);
  try {
    const { code, stdout } = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal,
    }).output();
    return signal.aborted ? undefined : { code, stdout: new TextDecoder().decode(stdout) };
  } catch {
    return undefined; // no such program
  }
}
