/** For tests: a clock to turn by hand, an interpreter that does as its cells say, a kernel on it. */

import { encode } from "@/base/bytes.ts";
import { abortable } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { MimeBundle } from "@/base/mime.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import { type CommMessage, type Display, MemorySink, type Sink } from "@/base/sink.ts";
import type { HostComms, HostRunOptions } from "@/host/host_python.ts";
import type { Completions, Evaluation } from "@/session/answers.ts";
import { type ConnectionInfo, newConnection, readConnection } from "@/wire/connection_file.ts";
import type { JupyterMessage } from "@/wire/jupyter_message.ts";

import { KernelClient } from "@/wire/kernel_client.ts";
import type { Interpreter } from "./interpreter.ts";
import { runKernel } from "./kernel.ts";

/** Replaces timers until disposed; they fire when `tick` says so. */
export class FakeTime implements Disposable {
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  readonly #timers = new Map<number, { at: number; run: () => void }>();
  #now = 0;
  #last = 0;

  constructor() {
    const set = (run: () => void, ms = 0) => {
      this.#timers.set(++this.#last, { at: this.#now + ms, run });
      return this.#last;
    };
    globalThis.setTimeout = set as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((id: number) => this.#timers.delete(id)) as typeof clearTimeout;
  }

  /** Lets `ms` milliseconds pass. */
  tick(ms: number): void {
    this.#now += ms;
    for (const [id, { at, run }] of [...this.#timers]) {
      if (at > this.#now) continue;
      this.#timers.delete(id);
      run();
    }
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
  }
}

/** What the cells of {@linkcode FakeInterpreter} do, by their first word. */
const CELLS: Record<
  string,
  (argument: string, sink: Sink, signal: AbortSignal) => Promise<Outcome | void>
> = {
  print: (text, sink) => sink.write("stdout", `${text}\n`),
  warn: (text, sink) => sink.write("stderr", `${text}\n`),
  async count(argument, sink) {
    for (let index = 0; index < Number(argument); index++) await sink.write("stdout", `${index}\n`);
  },
  /** Writes so many megabytes, in lines of 64 bytes. */
  async flood(megabytes, sink) {
    const text = `${"x".repeat(63)}\n`.repeat(1024);
    for (let index = 0; index < 16 * Number(megabytes); index++) await sink.write("stdout", text);
  },
  result: (text, sink) => sink.result({ "text/plain": text }),
  /** `display TEXT`, or `display @ID TEXT` for one that can be updated. */
  display: (argument, sink) => sink.display(readDisplay(argument)),
  /** `update @ID TEXT`. */
  update: (argument, sink) => sink.display({ ...readDisplay(argument), update: true }),
  /** Updates one display so many times, with texts of 64 KB. */
  async plot(count, sink) {
    for (let index = 0; index <= Number(count); index++) {
      const data = { "text/plain": `${index} ${"x".repeat(65_536)}` };
      await sink.display({ data, id: "plot", update: index > 0 });
    }
  },
  /** Clears and draws so many times, texts of 64 KB. */
  async animate(count, sink) {
    for (let index = 0; index <= Number(count); index++) {
      await sink.clear({ wait: true });
      await sink.display({ data: { "text/plain": `${index} ${"x".repeat(65_536)}` } });
    }
  },
  /** Sends a widget's message: the data is the text, and its bytes go along. */
  comm: (text, sink) =>
    sink.comm({
      type: "comm_msg",
      content: { comm_id: "a", data: text },
      metadata: { version: "2" },
      buffers: [encode(text)],
    }),
  /** Prints the id of the request that it is run for. */
  request: (_argument, sink) => sink.write("stdout", `${sink.requestId}\n`),
  page: (text, sink) => sink.page({ "text/plain": text }),
  /** `clear`, or `clear wait`. */
  clear: (wait, sink) => sink.clear({ wait: wait === "wait" }),
  /** Asks, and prints the answer. */
  async input(prompt, sink, signal) {
    await sink.write("stdout", `${await sink.input(prompt, { signal })}\n`);
  },
  async password(prompt, sink, signal) {
    await sink.write("stdout", `${await sink.input(prompt, { signal, password: true })}\n`);
  },
  hang: (_argument, _sink, signal) => abortable(new Promise<never>(() => {}), signal),
  raise: (ename) =>
    Promise.resolve({
      status: "error",
      origin: "code",
      ename,
      evalue: "for a test",
      traceback: ["Traceback (most recent call last):", `\x1b[31m${ename}\x1b[0m: for a test`],
      exitCode: 1,
    }),
  lose(text) {
    throw new IotError(text, 3);
  },
  defect(text) {
    throw new TypeError(text);
  },
  /** Fails where nobody waits: a promise and a timer. */
  stray(text) {
    void Promise.reject(new TypeError(`${text} in a promise`));
    setTimeout(() => {
      throw new TypeError(`${text} in a timer`);
    }, 0);
    return Promise.resolve();
  },
  exit: (code) => Deno.exit(Number(code)),
  /** Blocks the whole process for half a minute, once what was published has left it. */
  async spin() {
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const end = performance.now() + 30_000; performance.now() < end;);
  },
  pass: () => Promise.resolve(),
};

function readDisplay(argument: string): Display {
  const [, id, text] = /^(?:@(\S+) )?(.*)$/s.exec(argument)!;
  return { data: { "text/plain": text }, ...(id !== undefined && { id }) };
}

/**
 * A Python that is none: it takes comms to the target `fake`, and the text of each message to one is a
 * cell of {@linkcode FakeInterpreter}, run between its cells.
 */
export class FakeComms implements HostComms {
  readonly #open = new Map<string, string>();
  readonly #listeners = new Set<(message: CommMessage) => void>();
  /** Whether Python runs. */
  isThere = true;
  /** What was sent, in order. */
  readonly sent: CommMessage[] = [];

  async send(message: CommMessage, { sink, signal }: HostRunOptions): Promise<boolean> {
    if (!this.isThere) return false;
    this.sent.push(message);
    const { type, content: { comm_id: id, target_name: target, data } } = message;
    const reply = { content: { comm_id: String(id), data: {} }, metadata: {}, buffers: [] };
    if (type === "comm_open" && target === "fake") this.#open.set(String(id), "fake");
    else if (type === "comm_open") await sink.comm({ type: "comm_close", ...reply });
    else if (type === "comm_close") this.#open.delete(String(id));
    else if (this.#open.has(String(id)) && typeof data === "string") {
      await new FakeInterpreter().run(data, sink, { signal });
    }
    return true;
  }

  info(targetName?: string) {
    const found = [...this.#open].filter(([_id, name]) => name === (targetName ?? name));
    return Promise.resolve(
      Object.fromEntries(found.map(([id, name]) => [id, { target_name: name }])),
    );
  }

  onStray(listener: (message: CommMessage) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Sends a message on nobody's behalf. */
  stray(message: CommMessage): void {
    this.#listeners.forEach((listener) => listener(message));
  }
}

/** Runs cells such as `print hello`, `count 100`, `raise NameError`, `hang`. */
export class FakeInterpreter implements Interpreter, AsyncDisposable {
  readonly comms = new FakeComms();

  async run(cell: string, sink: Sink, { signal }: { signal: AbortSignal }): Promise<Outcome> {
    for (const line of cell.split("\n").filter((line) => line.trim() !== "")) {
      const [, word, argument] = /^(\w+) ?(.*)$/.exec(line)!;
      const outcome = await CELLS[word](argument, sink, signal) ?? OK;
      if (outcome.status === "error") return outcome;
    }
    return OK;
  }

  /** The value of an expression is its own text, but for a `hang` and the word of an error. */
  async evaluate(
    expression: string,
    { signal }: { signal: AbortSignal },
  ): Promise<Evaluation> {
    const [word, argument = ""] = expression.split(" ");
    if (word === "hang") await CELLS.hang("", new MemorySink(), signal);
    if (word === "lose") throw new IotError(argument, 3);
    if (word === "raise") {
      return await CELLS.raise(argument, new MemorySink(), signal) as Evaluation;
    }
    return await Promise.resolve({ status: "ok", data: { "text/plain": expression } });
  }

  /** Knows the words of its cells. */
  complete(text: string, cursor: number): Promise<Completions> {
    const start = text.lastIndexOf(" ", cursor - 1) + 1;
    const typed = text.slice(start, cursor);
    const matches = Object.keys(CELLS).filter((word) => word.startsWith(typed)).sort()
      .map((text) => ({ text, type: "function" }));
    return Promise.resolve({ matches, start, end: cursor });
  }

  /** Knows that its words are words. */
  inspect(text: string): Promise<MimeBundle | undefined> {
    const found = Object.hasOwn(CELLS, text.trim());
    return Promise.resolve(found ? { "text/plain": `a word: ${text.trim()}` } : undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A kernel in this process, and a client of it. */
export interface TestKernel extends AsyncDisposable {
  readonly client: KernelClient;
  readonly connection: ConnectionInfo;
  readonly connectionFile: string;
  /** What the kernel logged. */
  readonly log: string[];
  /** Resolves when the kernel has ended. */
  readonly ended: Promise<void>;
}

/** Starts a kernel with a {@linkcode FakeInterpreter}; it writes its own connection file. */
export async function startKernel(
  { historyFile, interpreter = new FakeInterpreter(), redact = (text) => text }: {
    historyFile?: string;
    interpreter?: Interpreter;
    redact?: (text: string) => string;
  } = {},
): Promise<TestKernel> {
  const directory = await Deno.makeTempDir();
  const connectionFile = `${directory}/connection.json`;
  const log: string[] = [];
  const stop = new AbortController();
  const ended = runKernel(connectionFile, interpreter, {
    version: "1.2.3",
    historyFile,
    redact,
    log: (line) => log.push(line),
    signal: stop.signal,
  });
  let connection: ConnectionInfo = newConnection();
  while (connection.ports.hb === 0) {
    connection = await readConnection(connectionFile).catch(() => connection);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1))]);
  }
  const client = await KernelClient.connect(connection);
  return {
    client,
    connection,
    connectionFile,
    log,
    ended,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      stop.abort();
      await ended;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** A message's type and the part of its content that tests look at. */
export function brief({ header, content }: JupyterMessage): string {
  const { name, text, ename, code } = content;
  return [header.msg_type, name, ename, text ?? code].filter((part) => part !== undefined).join(
    " ",
  );
}

/** The command line of a program whose `kernel -f FILE` is a kernel with the fake interpreter. */
export const TEST_LAUNCHER: readonly string[] = [
  Deno.execPath(),
  "run",
  "--quiet",
  "-A",
  "--config",
  new URL("../../deno.json", import.meta.url).pathname,
  new URL("./testing_kernel.ts", import.meta.url).pathname,
];
