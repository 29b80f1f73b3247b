/** Output to the terminal or pipe that this process was started in. */

import { concat } from "@/base/bytes.ts";
import { abortable } from "@/base/deadline.ts";
import { Interrupted, IotError } from "@/base/errors.ts";
import { type InputOptions, type StatusOptions, type StreamName, TextSink } from "@/base/sink.ts";

const ENCODER = new TextEncoder();
const NAMES: Readonly<Record<StreamName, string>> = {
  stdout: "standard output",
  stderr: "standard error",
};

/** A longer line of standard input is no answer to a question, in bytes. */
const MAX_LINE_BYTES = 65_536;
const LF = 0x0a;

/** To the line's beginning, and nothing behind it (ECMA-48, EL). */
const ERASE_LINE = "\r\x1b[K";

function consoleSize(): { readonly columns: number } {
  try {
    const { columns } = Deno.consoleSize();
    return { columns: columns || 80 }; // a serial console may say 0
  } catch {
    return { columns: 80 };
  }
}

/** Writes bytes as they come, and asks on the terminal, or the pipe, that is standard input. */
export class TerminalSink extends TextSink {
  readonly colour = Deno.stdout.isTerminal() && !Deno.noColor;
  /** What was read of standard input and no answer has taken. */
  #ahead: Uint8Array = new Uint8Array();
  #reading: Promise<void> | undefined;
  /** Whether a line that changes in place stands on the terminal. */
  #hasStatus = false;

  async write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    if (this.#hasStatus) await this.status("");
    await this.#write(stream, data);
  }

  override async status(text: string, { final = false }: StatusOptions = {}): Promise<void> {
    if (!Deno.stderr.isTerminal()) return await super.status(text, { final });
    const before = this.#hasStatus ? ERASE_LINE : "";
    this.#hasStatus = text !== "" && !final;
    const { columns } = consoleSize();
    // A line that wraps around could not be taken back.
    const line = final ? text && `${text}\n` : [...text].slice(0, columns - 1).join("");
    await this.#write("stderr", before + line);
  }

  async #write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    let rest = typeof data === "string" ? ENCODER.encode(data) : data;
    try {
      while (rest.length > 0) rest = rest.subarray(await Deno[stream].write(rest));
    } catch (error) {
      // The reader went away (`iot run x.py | head -1`): nobody wants more of this, or to hear so.
      if (error instanceof Deno.errors.BrokenPipe) throw new Interrupted("");
      const reason = error instanceof Error ? error.message : String(error);
      throw new IotError(`Cannot write to ${NAMES[stream]}: ${reason}.`, 1, { cause: error });
    }
  }

  /**
   * Shows `prompt` and takes the next line. What is typed is shown by the terminal itself, or not at
   * all where it is a password.
   */
  override async input(prompt: string, { signal, password }: InputOptions): Promise<string> {
    await this.write("stdout", prompt);
    if (!password || !Deno.stdin.isTerminal()) return await this.#line(signal);
    // Ctrl-C is still a signal.
    Deno.stdin.setRaw(true, { cbreak: true });
    try {
      return await this.#hiddenLine(signal);
    } finally {
      Deno.stdin.setRaw(false);
      await this.#write("stdout", "\n"); // the Enter was not shown either
    }
  }

  async #hiddenLine(signal: AbortSignal): Promise<string> {
    const { HiddenLine } = await import("./hidden_line.ts");
    const line = new HiddenLine();
    for (;;) {
      const { rest, ended } = line.push(this.#ahead);
      this.#ahead = rest ?? new Uint8Array();
      if (ended) throw inputEnded();
      if (rest !== undefined) return line.text;
      if (line.length > MAX_LINE_BYTES) throw noLine();
      await this.#readMore(signal);
    }
  }

  async #line(signal: AbortSignal): Promise<string> {
    for (;;) {
      const end = this.#ahead.indexOf(LF);
      if (end !== -1) {
        const line = this.#ahead.subarray(0, end);
        this.#ahead = this.#ahead.subarray(end + 1);
        return new TextDecoder().decode(line).replace(/\r$/, "");
      }
      if (this.#ahead.length > MAX_LINE_BYTES) throw noLine();
      await this.#readMore(signal);
    }
  }

  async #readMore(signal: AbortSignal): Promise<void> {
    // A read cannot be taken back: whoever asks next gets what it brings.
    this.#reading ??= this.#read();
    try {
      await abortable(this.#reading, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#reading = undefined;
      throw error;
    }
    this.#reading = undefined;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(4_096);
    const count = await Deno.stdin.read(buffer);
    if (count !== null) {
      this.#ahead = concat([this.#ahead, buffer.subarray(0, count)]);
    } else if (this.#ahead.length > 0) {
      this.#ahead = concat([this.#ahead, Uint8Array.of(LF)]); // a last line without its end
    } else {
      throw inputEnded();
    }
  }

  flush(): Promise<void> {
    return Promise.resolve(); // written is handed on
  }
}

function noLine(): IotError {
  return new IotError("The program wants a line, but standard input has none: it goes on.", 1);
}

function inputEnded(): IotError {
  return new IotError(
    "The program wants input, but standard input has ended. Type the answers, or pipe them in.",
    1,
  );
}
