/**
 * Running Python of ours that reads or changes a board's files. A line may be noisy: what arrives
 * with a wrong byte must neither do something else nor be taken for an answer.
 */

import { Interrupted } from "@/base/errors.ts";
import { logger } from "@/base/log.ts";
import type { ExecOptions as RawExecOptions } from "@/repl/executor.ts";
import { ReplError } from "@/repl/repl_error.ts";
import { compact } from "../compact.ts";
import type { Device } from "../device.ts";
import { BROKEN, checksum, sealed } from "../sealed.ts";
import { BoardFilesError } from "./files_error.ts";
import flatSay from "./flat_say.py" with { type: "text" };
import say from "./say.py" with { type: "text" };

/** How often something is tried before the line is called too bad. */
export const ATTEMPTS = 5;

/** What begins a line of an answer; see say.py. */
const ANSWER_SIGN = "\x16";

/** Functions, and what is called of them. */
export interface Program {
  readonly parts: readonly string[];
  readonly call: string;
}

/** A program in one piece; see say.py. */
function sealedProgram({ parts, call }: Program): string {
  return sealed(
    [say, ...parts].map(compact).join("") +
      `at=0\ntry:\n ${call}\n say("=")\nexcept OSError as e:\n say("!%d %d"%(e.args[0],at))\n` +
      'print("\\x16#%d"%_c)\n',
  );
}

/** A program that fits where the memory and the stack for `exec()` are missing; see flat_say.py. */
function bareProgram({ parts, call }: Program): string {
  return [flatSay, ...parts].map(compact).join("") +
    `try:\n ${call}\n _iot_say("=")\n` +
    'except OSError as _iot_e:_iot_say("!%d 0"%_iot_e.args[0])\n' +
    'print("\\x16#%d"%_iot_c)\ndel _iot_c,_iot_say,_iot_do\n';
}

/** What asking may be told. */
export interface AskOptions {
  /** For a board that has no memory for a sealed program. */
  readonly bare?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** What it is about, for the error when the line is too bad. */
  readonly path: string;
  /** How long nothing may come, in milliseconds. */
  readonly quietMs?: number | undefined;
}

/**
 * How long a board may be silent over a question: it reads a whole file between two signs of life.
 * Without an end a byte that got lost behind its answer would be waited for for ever.
 */
export const QUIET_MS = 30_000;

/** A number that the board gave as the reason, and which of the paths it was about. */
export class BoardRefusal extends Error {
  override readonly name = "BoardRefusal";
  readonly errno: number;
  readonly index: number;

  constructor(errno: number, index: number) {
    super(`error ${errno}`);
    this.errno = errno;
    this.index = index;
  }
}

/** A board that lacks a module or a part of one, in its own words. */
export class BoardLacks extends Error {
  override readonly name = "BoardLacks";
}

/** No answer of a board is longer: some thousand files with long names. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * The lines that `call` says, with the functions of `parts`. It may set `at` to the index of what it
 * is about.
 *
 * @throws {BoardRefusal} when the board raises an OSError.
 * @throws {BoardFilesError} `corrupt` when no answer came whole; `full` when its memory is too small.
 */
export async function ask(
  device: Device,
  program: Program,
  options: AskOptions,
): Promise<string[]> {
  const code = options.bare ? bareProgram(program) : sealedProgram(program);
  let last = "";
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    options.signal?.throwIfAborted();
    const answer = await tryToAsk(device, code, options);
    if (Array.isArray(answer)) return answer;
    logger("device.files").info(() =>
      `${device.url}: asked about ${options.path}, attempt ${attempt} of ${ATTEMPTS}: ${answer}`
    );
    if (/^(?:ImportError|AttributeError)/.test(answer)) {
      // Unless a letter of the code was changed; then it says something else the next time.
      if (answer === last) throw new BoardLacks(answer);
    }
    last = answer;
  }
  if (last.includes("MemoryError")) {
    throw new BoardFilesError(
      "full",
      options.path,
      `The board at ${device.url} has too little memory left for this. Try \`%softreset\`.`,
    );
  }
  throw corruptError(device, options.path, last);
}

/** The lines, or why there are none that can be trusted. */
async function tryToAsk(
  device: Device,
  code: string,
  options: AskOptions,
): Promise<string[] | string> {
  const { stderr, output } = await run(device, code, options);
  if (stderr !== "") return stderr.trim().split("\n").at(-1)!;
  if (output.includes(BROKEN)) return "the board found its code changed on the way";
  const lines = output.split(/\r?\n/).flatMap((line) => {
    const at = line.indexOf(ANSWER_SIGN);
    return at === -1 ? [] : [line.slice(at + 1)];
  });
  const end = lines.pop();
  if (end !== `#${checksum(lines)}`) return "a part of the answer is wrong or missing";
  const result = lines.pop()!;
  if (result === "=") return lines;
  const [errno, index] = result.slice(1).split(" ").map(Number);
  throw new BoardRefusal(errno, index);
}

async function run(device: Device, code: string, { signal, quietMs = QUIET_MS }: AskOptions) {
  const decoder = new TextDecoder();
  const enough = new AbortController();
  let output = "";
  const { stderr, interrupted } = await converse(device, code, {
    signal: signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]),
    quietMs,
    onOutput: (chunk) => {
      output += decoder.decode(chunk, { stream: true });
      if (output.length > MAX_ANSWER_BYTES) enough.abort(new Interrupted());
    },
  });
  signal?.throwIfAborted();
  return { stderr: interrupted ? "interrupted" : stderr, output };
}

/** What {@linkcode converse} may be told. */
export interface ConverseOptions extends RawExecOptions {
  /** Interrupts the program when nothing comes for so many milliseconds. */
  readonly quietMs?: number | undefined;
}

/** {@linkcode Device.converse}; that the board's answer cannot be read is an answer to be tried anew. */
export async function converse(
  device: Device,
  code: string,
  options: ConverseOptions,
): Promise<{ readonly stderr: string; readonly interrupted: boolean }> {
  const { signal, quietMs, onOutput } = options;
  const silence = new AbortController();
  const fall = () => silence.abort(new Interrupted());
  let timer = quietMs === undefined ? undefined : setTimeout(fall, quietMs);
  const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  try {
    return await device.converse(code, {
      signal: either,
      onOutput: (chunk) => {
        if (timer !== undefined) {
          clearTimeout(timer);
          timer = setTimeout(fall, quietMs);
        }
        return onOutput?.(chunk);
      },
    });
  } catch (error) {
    // It was not even sent. Whoever has a signal of the user's looks at that.
    if (either.aborted && error === either.reason) return { stderr: "", interrupted: true };
    if (!(error instanceof ReplError)) throw error;
    // Where only the end of the answer is missing, there is no program that Ctrl-C could end.
    const interrupted = error.code === "busy" && either.aborted;
    if (!interrupted && error.code !== "protocol" && error.code !== "exit") throw error;
    return { stderr: error.message, interrupted };
  } finally {
    clearTimeout(timer);
  }
}

/** The error for a line that lets nothing through whole. */
export function corruptError(device: Device, path: string, last: string): BoardFilesError {
  return new BoardFilesError(
    "corrupt",
    path,
    `"${path}": what goes to and from the board at ${device.url} does not arrive as it was sent, ` +
      `in many attempts (${last}). Check the cable and the speed.`,
  );
}
