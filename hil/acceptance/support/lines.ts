/** A child process that is spoken to in lines. */

import { within } from "@/base/deadline.ts";

/** No answer in the tests may take longer, and no end. */
const DEADLINE_MS = 60_000;

/** How long a program may take to end by itself when it is told to. */
const TERMINATION_MS = 15_000;

/** Starts a program and reads its standard output line by line. */
export class LineProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #label: string;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #buffer = "";

  constructor(program: string, args: readonly string[], env: Record<string, string> = {}) {
    this.#label = `${program} ${args.join(" ")}`;
    this.#child = new Deno.Command(program, {
      args: [...args],
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#writer = this.#child.stdin.getWriter();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Sends a line. */
  async send(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(line + "\n"));
  }

  /** The next line, without its newline. Waits for one at a time. */
  async line(): Promise<string> {
    const line = this.#nextLine();
    if (!await within(DEADLINE_MS, line)) throw this.#late("no line");
    return await line;
  }

  async #nextLine(): Promise<string> {
    while (true) {
      const end = this.#buffer.indexOf("\n");
      if (end >= 0) {
        const line = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`${this.#label}: ended after ${JSON.stringify(this.#buffer)}`);
      this.#buffer += value;
    }
  }

  /** Sends a signal; one that has ended hears it no more. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // it has ended
    }
  }

  /** Closes its standard input. */
  async closeInput(): Promise<void> {
    await this.#writer.close().catch(() => {}); // it may have ended before
  }

  /** Waits for its end and returns the exit code. */
  async ended(): Promise<number> {
    if (!await within(DEADLINE_MS, this.#child.status)) throw this.#late("no end");
    const { code } = await this.#child.status;
    await this.#reader.cancel();
    return code;
  }

  /** Ends it, kindly at first. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.closeInput(); // which waits for what it has not read yet
    this.kill("SIGTERM");
    if (!await within(TERMINATION_MS, this.#child.status)) this.kill("SIGKILL");
    await this.ended();
    await closing;
  }

  #late(what: string): Error {
    return new Error(`${this.#label}: ${what} within ${DEADLINE_MS / 1000} s`);
  }
}
