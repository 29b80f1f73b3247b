/** Shell commands that run Python on a board. */

import { abortable } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import { runProgram } from "@/device/program.ts";
import { type Context, defineCommand } from "./command.ts";

/** `iot exec CODE`. */
export const exec = defineCommand<{ code: string }>({
  name: "exec",
  summary: "Run Python code on a board and print its output.",
  group: "run",
  surfaces: ["shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("code", { metavar: "CODE", help: "Python, e.g. 'print(1)'" });
  },
  async run(context, { code }) {
    return await runOnBoard(context, code);
  },
});

/** `iot run FILE`. */
export const run = defineCommand<{ file: string }>({
  name: "run",
  summary: "Run a Python file of the host on a board and print its output.",
  group: "run",
  surfaces: ["shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("file", { metavar: "FILE", help: "path, or - for standard input" });
  },
  async run(context, { file }) {
    const outcome = await runOnBoard(context, await readSource(file, context.signal));
    if (outcome.status === "ok") return outcome;
    // The board calls every program <stdin>; the user knows it by its file.
    const traceback = outcome.traceback.map((line) =>
      line.replace('File "<stdin>"', () => `File "${file}"`)
    );
    return { ...outcome, traceback };
  },
});

async function runOnBoard({ devices, sink, signal }: Context, code: string): Promise<Outcome> {
  const device = await devices.current({ signal });
  const outcome = await runProgram(device, code, { sink, signal, asks: "if mentioned" });
  if (outcome.status === "ok") return outcome;
  const { withSourceLines } = await import("./source_lines.ts");
  return withSourceLines(outcome, code);
}

/** The text of a file of the host, or of standard input for `-`. */
async function readSource(file: string, signal: AbortSignal): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = file === "-"
      ? await abortable(new Response(Deno.stdin.readable).bytes(), signal)
      : await Deno.readFile(file);
  } catch (cause) {
    signal.throwIfAborted();
    throw new UsageError(`Cannot read "${file}": ${reasonOf(cause)}.`, { cause });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`Cannot run "${file}": it is not UTF-8 text.`, { cause });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
