/** Plain Python for a computer without IPython: one process whose variables stay between cells. */

import { encode } from "@/base/bytes.ts";
import { within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import type { Sink, StreamName } from "@/base/sink.ts";
import {
  type Backend,
  HostPythonDied,
  type HostRun,
  INTERRUPT_MS,
  type Surroundings,
} from "./backend.ts";
import type { HostRunOptions } from "./host_python.ts";
import { MarkedStream } from "./marked_stream.ts";
import program from "./plain_python.py" with { type: "text" };
import watchParent from "./watch_parent.py" with { type: "text" };

/** How often an interrupt is repeated, in milliseconds: one may come before its cell begins. */
const INTERRUPT_AGAIN_MS = 2_000;

/** How long the last of what was said may take to come, in milliseconds. */
const LAST_WORDS_MS = 500;

/** How much of what it says on standard error is kept, in characters. */
const MAX_LAST_WORDS = 4_096;

/** What it tells. */
interface Answer {
  readonly ready?: true;
  readonly ask?: { readonly prompt: string; readonly password: boolean };
  readonly done?: {
    readonly result?: string;
    readonly exits?: true;
    readonly error?: { ename: string; evalue: string; traceback: string[] };
    readonly path?: string | null;
  };
}

/** One plain Python. */
export class PlainPython implements Backend {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #mark: Uint8Array;
  readonly #ended: Promise<void>;
  #status: Deno.CommandStatus | undefined;
  /** Where what is printed goes; nowhere between cells. */
  #sink: Sink | undefined;
  #answers = Promise.withResolvers<Answer>();
  /** Resolves when all of a cell's standard error has come. */
  #spoken = Promise.withResolvers<void>();
  #lastWords = "";
  #failure: { readonly error: unknown } | undefined;

  private constructor(child: Deno.ChildProcess, mark: string) {
    this.#child = child;
    this.#mark = encode(mark);
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {}); // it may end whenever it likes
    const readers = { stdout: child.stdout.getReader(), stderr: child.stderr.getReader() };
    const read = Promise.all([
      this.#read("stdout", readers.stdout, (line) => this.#answers.resolve(JSON.parse(line))),
      this.#read("stderr", readers.stderr, () => this.#spoken.resolve()),
    ]).catch((error) => this.#fail(error));
    globalThis.addEventListener("unload", this.#kill);
    this.#ended = child.status.then(async (status) => {
      this.#kill(); // what it has started
      this.#status = status;
      // What has left its process group may hold its pipes open.
      if (!await within(LAST_WORDS_MS, read)) {
        await Promise.all([readers.stdout.cancel(), readers.stderr.cancel()]);
      }
      await read;
      globalThis.removeEventListener("unload", this.#kill);
      const how = status.signal ?? `exit code ${status.code}`;
      this.#fail(new HostPythonDied(how, { lastWords: this.#lastWords.trim() }));
    });
  }

  /** Ends whatever waits for an answer. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#answers.promise.catch(() => {}); // perhaps nobody does
    this.#answers.reject(error);
    this.#spoken.resolve();
    this.#kill();
  }

  /** @throws {HostPythonDied} when it does not start; the signal's reason when it aborts. */
  static async start(
    python: string,
    { path, variables, signal }: Surroundings & { readonly signal: AbortSignal },
  ): Promise<PlainPython> {
    const mark = crypto.randomUUID();
    let plain: PlainPython;
    try {
      const child = new Deno.Command(python, {
        args: ["-u", "-c", watchParent + program, mark],
        cwd: path,
        env: { ...variables },
        clearEnv: true,
        detached: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      plain = new PlainPython(child, mark);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new HostPythonDied(reason, { when: "as it started", cause });
    }
    const onAbort = () => plain.#kill();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await plain.#next();
      return plain;
    } catch (error) {
      await plain[Symbol.asyncDispose]();
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  get isDead(): boolean {
    return this.#status !== undefined;
  }

  async run(code: string, { sink, signal }: HostRunOptions): Promise<HostRun> {
    signal.throwIfAborted();
    this.#sink = sink;
    this.#lastWords = "";
    let interrupted = false;
    const work = this.#run(code, { sink, signal });
    const onAbort = async () => {
      const deadline = performance.now() + INTERRUPT_MS;
      do {
        this.#signal("SIGINT");
        if (await within(INTERRUPT_AGAIN_MS, work)) return;
      } while (performance.now() < deadline);
      interrupted = true;
      this.#kill();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await work;
    } catch (error) {
      if (!interrupted || !(error instanceof HostPythonDied)) throw error;
      throw new HostPythonDied(error.how, {
        when: "as it did not heed an interrupt",
        cause: error,
      });
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#sink = undefined;
    }
  }

  async arrange(line: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    const { done } = await this.#tell({ run: line });
    const error = done?.error;
    if (error === undefined) return;
    const reason = `${error.ename}: ${error.evalue}`;
    throw new IotError(`Python on this computer refused what it was told: ${reason}`, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#stdin.close().catch(() => {});
    await this.#ended;
  }

  async #run(code: string, { sink, signal }: HostRunOptions): Promise<HostRun> {
    let { ask, done } = await this.#tell({ run: code });
    while (ask !== undefined) {
      const { prompt, password } = ask;
      let answer: Record<string, string>;
      try {
        answer = { answer: await sink.input(prompt, { password, signal }) };
      } catch (error) {
        if (!(error instanceof IotError)) throw error;
        answer = { refused: error.message };
      }
      ({ ask, done } = await this.#tell(answer));
    }
    const { result, error, exits = false, path } = done!;
    if (result !== undefined) await sink.result({ "text/plain": result });
    return { outcome: outcomeOf(error), path: path ?? undefined, exits };
  }

  /** Sends a line, and resolves with what it comes to. */
  async #tell(line: object): Promise<Answer> {
    const next = this.#next();
    await this.#stdin.write(encode(`${JSON.stringify(line)}\n`)).catch(() => {});
    return await next;
  }

  async #next(): Promise<Answer> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const { promise } = this.#answers;
    const answer = await promise;
    this.#answers = Promise.withResolvers();
    if (answer.done === undefined) return answer;
    await this.#spoken.promise;
    this.#spoken = Promise.withResolvers();
    return answer;
  }

  /** Hands on what is printed; `take` has the marked lines between. */
  async #read(
    stream: StreamName,
    reader: ReadableStreamDefaultReader<Uint8Array>,
    take: (line: string) => void,
  ): Promise<void> {
    const marked = new MarkedStream(this.#mark);
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const part of marked.take(value)) {
        if (typeof part === "string") take(part);
        else {
          if (stream === "stderr") {
            const text = decoder.decode(part, { stream: true });
            this.#lastWords = (this.#lastWords + text).slice(-MAX_LAST_WORDS);
          }
          await this.#sink?.write(stream, part);
        }
      }
    }
  }

  #signal(name: Deno.Signal): void {
    try {
      if (Deno.build.os === "windows") this.#child.kill(name);
      else Deno.kill(-this.#child.pid, name);
    } catch {
      // It has ended.
    }
  }

  readonly #kill = (): void => this.#signal("SIGKILL");
}

function outcomeOf(
  error: { ename: string; evalue: string; traceback: string[] } | undefined,
): Outcome {
  if (error === undefined) return OK;
  const exitCode = error.ename === "KeyboardInterrupt" ? 130 : 1;
  return { status: "error", origin: "code", ...error, exitCode };
}
