/** A child process that is spoken to in lines. */

/** No answer in the tests may take longer. */
const DEADLINE_MS = 60_000;

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

  /** The next line, without its newline. */
  async line(): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${this.#label}: no line in time`)), DEADLINE_MS);
    });
    try {
      return await Promise.race([this.#nextLine(), late]);
    } finally {
      clearTimeout(timer);
    }
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

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Closes its standard input. */
  async closeInput(): Promise<void> {
    await this.#writer.close().catch(() => {}); // it may have ended before
  }

  /** Waits for its end and returns the exit code. */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#reader.cancel();
    return code;
  }

  /** Ends it, kindly at first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeInput();
    const force = setTimeout(() => this.#child.kill("SIGKILL"), 15_000);
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // it has ended
    }
    await this.ended();
    clearTimeout(force);
  }
}
