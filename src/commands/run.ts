/** Shell commands that run Python on a board. */

import { UsageError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
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
    const outcome = await runOnBoard(context, await readSource(file));
    if (outcome.status === "ok") return outcome;
    // The board calls every program <stdin>; the user knows it by its file.
    const traceback = outcome.traceback.map((line) =>
      line.replace('File "<stdin>"', `File "${file}"`)
    );
    return { ...outcome, traceback };
  },
});

async function runOnBoard({ devices, sink, signal }: Context, code: string): Promise<Outcome> {
  const device = await devices.current({ signal });
  return await device.exec(code, { onOutput: (chunk) => sink.write("stdout", chunk), signal });
}

async function readSource(file: string): Promise<string> {
  if (file === "-") return await new Response(Deno.stdin.readable).text();
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound ? "there is no such file" : `${cause}`;
    throw new UsageError(`Cannot read "${file}": ${reason}.`, { cause });
  }
}
