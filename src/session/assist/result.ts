/** Runs Python whose last expression has a value to show, evaluated once, on the board. */

import { encode } from "@/base/bytes.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import type { Device } from "@/device/device.ts";
import { assignLastExpression } from "./last_expression.ts";

/** Where the value is between the two programs: the cell's, and the one that shows it. */
const NAME = "_iot_value";

/** So much of a value's `repr` is shown: enough for every table, too little to choke a notebook. */
const MAX_RESULT_BYTES = 1_000_000;

/** How long showing a value may take where the interrupt that could stop it is spent already. */
const SHOW_ANYWAY_MS = 2_000;

/**
 * Takes the value out of the namespace before it is shown, so that `globals()` does not hold itself.
 * As in every REPL of Python's, what is not None becomes `_`, unless the user has a `_`.
 */
const SHOW = `__repl_print__(globals().pop("${NAME}"))`;
/** For boards built without that function. */
const SHOW_PLAINLY = `(lambda v: v is None or print(repr(v)))(globals().pop("${NAME}"))`;

/** What showing a result needs. */
export interface ResultOptions {
  readonly sink: Sink;
  readonly signal: AbortSignal;
  /** The number that the code's first line has in the cell. */
  readonly line: number;
  /** Runs code as a part of the cell. */
  run(code: string): Promise<Outcome>;
}

/** Runs `code` on `device`, and hands the value of its last expression to the sink. */
export async function runWithResult(
  device: Device,
  code: string,
  { sink, signal, line, run }: ResultOptions,
): Promise<Outcome> {
  const assigned = assignLastExpression(code, NAME);
  if (assigned === undefined) return await run(code);
  const outcome = await run(assigned.code);
  if (outcome.status === "error") return outcome;
  let { outcome: shown, text } = await show(device, SHOW, signal);
  if (shown.status === "error" && lacksReplPrint(shown)) {
    ({ outcome: shown, text } = await show(device, SHOW_PLAINLY, signal));
  }
  if (shown.status === "error") return asOfExpression(shown, line + assigned.line - 1);
  if (text !== "") await sink.result({ "text/plain": text });
  return OK;
}

/** An error in showing a value, as if it had happened where the value's expression stands. */
function asOfExpression(outcome: Extract<Outcome, { status: "error" }>, line: number): Outcome {
  const traceback = outcome.traceback
    .filter((text) => !/^ {2}File "<stdin>", line 1, in <lambda>$/.test(text))
    .map((text) => text.replace(/^( {2}File "<stdin>", line )1(, in <module>)$/, `$1${line}$2`));
  return { ...outcome, traceback };
}

/** Runs a program that prints a value; what is too long is cut, and the board stopped. */
async function show(
  device: Device,
  program: string,
  signal: AbortSignal,
): Promise<{ outcome: Outcome; text: string }> {
  const output = new BoundedText(MAX_RESULT_BYTES);
  const enough = new AbortController();
  // A cell that took an interrupt itself and went on has its result; nobody can stop that any more.
  const stop = signal.aborted ? AbortSignal.timeout(SHOW_ANYWAY_MS) : signal;
  const outcome = await device.exec(program, {
    onOutput: (chunk) => {
      if (!output.push(chunk)) enough.abort();
    },
    signal: AbortSignal.any([stop, enough.signal]),
  });
  if (!output.full) return { outcome, text: output.text.replace(/\n$/, "") };
  // Only our own Ctrl-C is no failure of the cell's.
  if (stop.aborted) return { outcome, text: "" };
  return { outcome: OK, text: `${output.text}…\n(cut off after ${MAX_RESULT_BYTES} bytes)` };
}

function lacksReplPrint(outcome: Extract<Outcome, { status: "error" }>): boolean {
  return outcome.ename === "NameError" && outcome.evalue.includes("__repl_print__");
}

/** The first so many bytes of an output, as text. */
export class BoundedText {
  #text = "";
  #left: number;
  readonly #decoder = new TextDecoder();

  constructor(maxBytes: number) {
    this.#left = maxBytes;
  }

  /** Takes a chunk; returns whether more is welcome. */
  push(chunk: Uint8Array | string): boolean {
    const bytes = typeof chunk === "string" ? encode(chunk) : chunk;
    if (!this.full) this.#text += this.#decoder.decode(bytes.subarray(0, this.#left), STREAM);
    this.#left -= bytes.length;
    return !this.full;
  }

  /** Whether there was more. */
  get full(): boolean {
    return this.#left < 0;
  }

  get text(): string {
    return this.#text;
  }
}

const STREAM = { stream: true };
