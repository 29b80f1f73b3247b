/** The shell's side of the product: `iot [-d DEVICE] COMMAND …`. */

import { Interrupted, IotError, UsageError } from "@/base/errors.ts";
import { flushLog } from "@/base/log.ts";
import type { Outcome } from "@/base/outcome.ts";
import { failed, OK } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import { closest } from "@/base/text.ts";
import type { CellMagic, Command } from "@/commands/command.ts";
import { Environment } from "@/config/environment.ts";
import { Session, type SessionOptions } from "@/session/session.ts";
import type { Schemes } from "@/transport/schemes.ts";
import { overview } from "./help.ts";
import { otherName } from "./other_names.ts";
import { TerminalSink } from "./terminal_sink.ts";

/** What the composition root puts together. */
export interface Product {
  readonly version: string;
  readonly commands: readonly Command[];
  readonly cellMagics: readonly CellMagic[];
  readonly schemes: Schemes;
  readonly openAir?: SessionOptions["openAir"];
}

/** Where a command line runs. */
interface Surroundings {
  readonly sink: Sink;
  readonly environment: Environment;
}

/**
 * Runs one command line and returns the exit code (contract, 1.5).
 *
 * @param compose puts the product together for this environment
 */
export async function main(
  argv: readonly string[],
  compose: (environment: Environment) => Promise<Product>,
): Promise<number> {
  const sink = new TerminalSink();
  const environment = await Environment.open(Deno.env.toObject());
  let outcome: Outcome;
  try {
    outcome = await dispatch(argv, await compose(environment), { sink, environment });
  } catch (error) {
    outcome = error instanceof IotError ? failed(error) : defect(error);
  }
  await flushLog();
  if (outcome.status === "ok") return 0;
  // Where standard error is closed as well, the exit code is all that can be told.
  await report(outcome, { sink, environment }).catch(() => {});
  return outcome.exitCode;
}

async function dispatch(
  argv: readonly string[],
  { version, commands, cellMagics, schemes, openAir }: Product,
  { sink, environment }: Surroundings,
): Promise<Outcome> {
  const { device, rest: [name, ...rest] } = takeDevice(argv);
  const shellCommands = commands.filter(({ surfaces }) => surfaces.includes("shell"));
  if (name === "--version") {
    await sink.write("stdout", `iot ${version}\n`);
    return OK;
  }
  if (name === undefined || name === "-h" || name === "--help") {
    if (name === undefined) throw new UsageError(overview(shellCommands));
    await sink.write("stdout", overview(shellCommands));
    return OK;
  }
  if (name.startsWith("-")) {
    throw new UsageError(`Unknown option "${name}". iot --help lists all.`);
  }
  const command = shellCommands.find((command) => command.name === name);
  if (command === undefined) {
    const near = closest(name, shellCommands.map((command) => command.name));
    const hint = otherName(name) ?? (near ? `Did you mean "${near}"? ` : "");
    throw new UsageError(`Unknown command "${name}". ${hint}iot --help lists all.`);
  }
  await using session = new Session({
    commands,
    cellMagics,
    schemes,
    environment,
    surface: "shell",
    openAir,
  });
  using interrupt = command.signals === "own" ? undefined : interruptOnSignals();
  const signal = interrupt?.signal ?? new AbortController().signal;
  return await session.call(command, rest, { sink, signal, ...(device && { device }) });
}

/** Takes `-d DEVICE` from before the command's name. */
function takeDevice(argv: readonly string[]): { device?: string; rest: readonly string[] } {
  const [first, second] = argv;
  const joined = /^(?:--device=|-d)(.+)$/s.exec(first ?? "")?.[1];
  if (joined !== undefined) return { device: joined, rest: argv.slice(1) };
  if (first !== "-d" && first !== "--device") return { rest: argv };
  if (second === undefined) {
    throw new UsageError(`"${first}" wants a device: its name, UID or URL.`);
  }
  return { device: second, rest: argv.slice(2) };
}

/** A signal that aborts at the first Ctrl-C; the second one ends the process. */
function interruptOnSignals(): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) Deno.exit(130);
    controller.abort(new Interrupted());
  };
  const names: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const name of names) Deno.addSignalListener(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of names) Deno.removeSignalListener(name, onSignal);
    },
  };
}

/** A bug: one line, and no stack trace. */
function defect(error: unknown): Outcome {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failed(new IotError(`Something is wrong with iot itself: ${reason}`, 1));
}

/** Says on standard error what went wrong: the code's traceback as it is, or our own message. */
async function report(
  outcome: Extract<Outcome, { status: "error" }>,
  { sink, environment }: Surroundings,
): Promise<void> {
  if (outcome.origin === "code") {
    return await sink.write("stderr", `${outcome.traceback.join("\n").trimEnd()}\n`);
  }
  if (outcome.evalue === "") return;
  const { Redactor } = await import("@/config/redact.ts");
  const text = new Redactor(environment).redact(outcome.evalue);
  await sink.write("stderr", `${text.startsWith("usage:") ? "" : "iot: "}${text.trimEnd()}\n`);
}
