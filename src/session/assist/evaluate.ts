/** The value of an expression on the board, and nothing that it prints. */

import { Interrupted } from "@/base/errors.ts";
import { failed } from "@/base/outcome.ts";
import { randomWord } from "@/base/random.ts";
import { type StreamName, TextSink } from "@/base/sink.ts";
import type { Device } from "@/device/device.ts";
import { runProgram } from "@/device/program.ts";
import type { Evaluation } from "../answers.ts";
import { linesOf } from "../cell.ts";
import { PythonLines } from "../python_lines.ts";
import { BoundedText } from "./result.ts";

/** What evaluating is limited to: a value that is asked for beside a cell is a small one. */
const MAX_VALUE_BYTES = 20_000;
const MAX_PRINTED_BYTES = 1_000_000;

/** Evaluates `expression` on `device`. What is wrong with it is an outcome. */
export async function evaluateOn(
  device: Device,
  expression: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<Evaluation> {
  if (!isWhole(expression)) return syntaxError();
  // What the expression prints comes before its value, as arguments are evaluated first.
  const mark = `iot-value-${randomWord()}${randomWord()} `;
  // In brackets an expression may span lines; a comment in it ends at the line's end.
  const program = `print(${JSON.stringify(mark)},repr((${expression}\n)),sep="")\n`;
  const output = new BoundedText(MAX_PRINTED_BYTES + MAX_VALUE_BYTES);
  const enough = new AbortController();
  // input() would wait for ever: this sink has nobody to ask.
  const sink = new ChunkSink((chunk) => {
    if (!output.push(chunk)) enough.abort();
  });
  const outcome = await runProgram(device, program, {
    sink,
    signal: AbortSignal.any([signal, enough.signal]),
    asks: "if mentioned",
  });
  const at = output.text.indexOf(mark);
  if (outcome.status === "error" && !(output.full && at !== -1)) return outcome;
  if (at === -1) return failed(new Interrupted("the value did not come")) as Evaluation;
  const text = output.text.slice(at + mark.length).replace(/\n$/, "");
  const isLong = text.length > MAX_VALUE_BYTES;
  return {
    status: "ok",
    data: { "text/plain": isLong ? `${text.slice(0, MAX_VALUE_BYTES)}…` : text },
  };
}

/** Hands on what a program prints, and nothing that is rich. */
class ChunkSink extends TextSink {
  readonly colour = false;
  readonly #onChunk: (chunk: Uint8Array | string) => void;

  constructor(onChunk: (chunk: Uint8Array | string) => void) {
    super();
    this.#onChunk = onChunk;
  }

  write(_stream: StreamName, data: Uint8Array | string): Promise<void> {
    this.#onChunk(data);
    return Promise.resolve();
  }

  override display(): Promise<void> {
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

/** Whether brackets and strings close, so that nothing behind the expression becomes part of it. */
function isWhole(expression: string): boolean {
  const scanner = new PythonLines();
  for (const line of linesOf(expression)) scanner.read(line);
  return expression.trim() !== "" && scanner.atStart && !scanner.invalid;
}

function syntaxError(): Evaluation {
  return {
    status: "error",
    origin: "code",
    ename: "SyntaxError",
    evalue: "invalid syntax",
    traceback: ['  File "<stdin>", line 1', "SyntaxError: invalid syntax"],
    exitCode: 1,
  };
}
