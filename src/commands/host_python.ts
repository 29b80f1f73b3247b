/** Runs a cell with this computer's own Python. */

import { UsageError } from "@/base/errors.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import type { CellContext } from "./command.ts";

/** Feeds the code by standard input, so that tracebacks say `<stdin>` as a board's do. */
const ARGUMENTS = ["-u", "-"];

/**
 * Runs the cell's body in a fresh Python of the host.
 *
 * @throws {UsageError} when there is no Python.
 */
export async function runOnHost(
  { body, sink, signal, environment }: CellContext,
): Promise<Outcome> {
  const program = environment.python();
  let child: Deno.ChildProcess;
  try {
    const options = { args: ARGUMENTS, stdin: "piped", stdout: "piped", stderr: "piped", signal };
    child = new Deno.Command(program, options as Deno.CommandOptions).spawn();
  } catch (cause) {
    throw new UsageError(
      `Cannot run the cell on this computer: "${program}" does not start. Install Python 3, or ` +
        "name it in IOT_PYTHON.",
      { cause },
    );
  }
  const stderr: string[] = [];
  const [{ code }] = await Promise.all([
    child.status,
    new Blob([body + "\n"]).stream().pipeTo(child.stdin).catch(() => {}), // it may have ended
    forward(child.stdout, (chunk) => sink.write("stdout", chunk)),
    forward(child.stderr.pipeThrough(new TextDecoderStream()), (text) => void stderr.push(text)),
  ]);
  signal.throwIfAborted();
  const text = stderr.join("");
  if (code === 0) {
    if (text !== "") await sink.write("stderr", text);
    return OK;
  }
  const traceback = text.trimEnd().split("\n");
  const [, ename = "Exception", evalue = ""] = /^([\w.]+)(?:: ?(.*))?$/.exec(traceback.at(-1)!) ??
    [];
  return { status: "error", origin: "code", ename, evalue, traceback, exitCode: 1 };
}

async function forward<T>(
  stream: ReadableStream<T>,
  take: (chunk: T) => void | Promise<void>,
): Promise<void> {
  for await (const chunk of stream) await take(chunk);
}
