/** The shell's commands for Jupyter. What they do is loaded when one is called. */

import type { ArgumentParser } from "argparse-types";
import { UsageError } from "@/base/errors.ts";
import { logger } from "@/base/log.ts";
import { type Command, defineCommand } from "@/commands/command.ts";
import type { Scope } from "./install.ts";
import type { Interpreter } from "./interpreter.ts";

/** What the commands need to know about the program that they are part of. */
export interface JupyterCommandsOptions {
  /** The command line that starts this program, its first word an absolute path. */
  readonly launcher: readonly string[];
  /** The product's version. */
  readonly version: string;
  /** Opens what cells are run with, for a kernel. */
  openInterpreter(): Promise<Interpreter & AsyncDisposable> | (Interpreter & AsyncDisposable);
}

interface InstallArguments {
  readonly user?: boolean;
  readonly prefix?: string;
  readonly sys_prefix?: boolean;
  readonly name: string;
}

interface ExecuteArguments {
  readonly notebook: string;
  readonly output?: string;
  readonly print?: boolean;
  readonly allow_errors?: boolean;
  readonly timeout?: number;
}

/** `install`, `uninstall`, `kernel` and `execute`. */
export function jupyterCommands(options: JupyterCommandsOptions): Command[] {
  return [install(options), uninstall(), kernel(options), execute(options)];
}

function install({ launcher }: JupyterCommandsOptions): Command {
  return defineCommand<InstallArguments>({
    name: "install",
    summary: "Tell Jupyter about this kernel.",
    group: "shell",
    surfaces: ["shell"],
    arguments: placeArguments,
    async run({ environment, sink }, args) {
      const { kernelspecDirectory, planKernelspec, writeKernelspec } = await import("./install.ts");
      const variables = (name: string) => environment.raw(name);
      const directory = await kernelspecDirectory(scopeOf(args), { name: args.name, variables });
      await writeKernelspec(directory, planKernelspec(launcher));
      await sink.write("stdout", `Installed kernel ${args.name} in ${directory}\n`);
    },
  });
}

function uninstall(): Command {
  return defineCommand<InstallArguments>({
    name: "uninstall",
    summary: "Take back what install did.",
    group: "shell",
    surfaces: ["shell"],
    arguments: placeArguments,
    async run({ environment, sink }, args) {
      const { kernelspecDirectory, removeKernelspec } = await import("./install.ts");
      const variables = (name: string) => environment.raw(name);
      const directory = await kernelspecDirectory(scopeOf(args), { name: args.name, variables });
      await removeKernelspec(directory);
      await sink.write("stdout", `Removed kernel ${args.name} from ${directory}\n`);
    },
  });
}

/** `--user`, `--prefix P`, `--sys-prefix` and `--name`. */
function placeArguments(parser: ArgumentParser): void {
  const place = parser.add_mutually_exclusive_group();
  place.add_argument("--user", { action: "store_true", help: "for this user (the default)" });
  place.add_argument("--prefix", { metavar: "P", help: "below P/share/jupyter/kernels" });
  place.add_argument("--sys-prefix", {
    action: "store_true",
    help: "into the active Python environment, else that of $IOT_PYTHON",
  });
  parser.add_argument("--name", { default: "iot", help: "the kernel's name (default: iot)" });
}

function scopeOf({ prefix, sys_prefix }: InstallArguments): Scope {
  if (prefix !== undefined) return { kind: "prefix", path: prefix };
  return { kind: sys_prefix ? "sys-prefix" : "user" };
}

function kernel({ version, openInterpreter }: JupyterCommandsOptions): Command {
  return defineCommand<{ file: string; no_history?: boolean }>({
    name: "kernel",
    summary: "Run as a Jupyter kernel. Jupyter calls this.",
    group: "shell",
    surfaces: ["shell"],
    signals: "own",
    arguments(parser) {
      const help = "connection file; one that does not exist is written";
      parser.add_argument("-f", { dest: "file", metavar: "FILE", required: true, help });
      const history = "forget the cells of this kernel when it ends";
      parser.add_argument("--no-history", { action: "store_true", help: history });
    },
    async run({ environment }, { file, no_history: forgets }) {
      const { runKernel } = await import("./kernel.ts");
      const { historyPath } = await import("./history.ts");
      const parentPid = Number(environment.raw("JPY_PARENT_PID")) || undefined;
      await using interpreter = await openInterpreter();
      const variables = (name: string) => environment.raw(name);
      const historyFile = forgets ? undefined : historyPath(variables);
      const { Redactor } = await import("@/config/redact.ts");
      const { redact } = new Redactor(environment);
      const { logStrays } = await import("./strays.ts");
      const log = logger("jupyter");
      using _strays = logStrays((line) => log.error(() => line));
      await runKernel(file, interpreter, {
        version,
        parentPid,
        historyFile,
        redact,
        log: (line) => log.warning(() => line),
      });
    },
  });
}

function execute({ launcher }: JupyterCommandsOptions): Command {
  return defineCommand<ExecuteArguments>({
    name: "execute",
    summary: "Run a notebook without Jupyter.",
    group: "shell",
    surfaces: ["shell"],
    takesDevice: true,
    arguments(parser) {
      parser.add_argument("notebook", { metavar: "NOTEBOOK.ipynb" });
      const output = "write the executed notebook to OUT";
      parser.add_argument("-o", "--output", { metavar: "OUT", help: output });
      const print = "show cells and outputs as they come";
      parser.add_argument("--print", { action: "store_true", help: print });
      const errors = "go on after a cell that fails";
      parser.add_argument("--allow-errors", { action: "store_true", help: errors });
      const timeout = "seconds that one cell may take";
      parser.add_argument("--timeout", { metavar: "S", type: "float", help: timeout });
    },
    async run({ devices, sink, signal }, args) {
      const { notebook, output, print = false, allow_errors: allowErrors = false, timeout } = args;
      if (timeout !== undefined && !(timeout > 0)) {
        throw new UsageError(`--timeout must be more than 0 seconds, not ${timeout}.`);
      }
      const { executeNotebook } = await import("./execute.ts");
      const cellMs = timeout === undefined ? undefined : timeout * 1000;
      const run = { output, print, allowErrors, cellMs };
      const options = { launcher, device: devices.chosen, sink, signal, ...run };
      return await executeNotebook(notebook, options);
    },
  });
}
