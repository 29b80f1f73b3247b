/** Runs code on a board and collects what it prints, for the tests beside this file. */

import type { ExecResult } from "@/repl/executor.ts";
import type { RawRepl } from "@/repl/raw_repl.ts";

/** How code ended, and what it printed, lines ending in `\r\n`. */
export interface RunResult extends ExecResult {
  readonly output: string;
}

/** {@linkcode RawRepl.exec}, with the output as text. */
export async function run(repl: RawRepl, code: string): Promise<RunResult> {
  let output = "";
  const decoder = new TextDecoder();
  const result = await repl.exec(code, {
    onOutput: (chunk) => void (output += decoder.decode(chunk, { stream: true })),
  });
  return { ...result, output };
}
