/** The Jupyter kernel: a handler table between the wire and an interpreter. */

import { within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import {
  type ConnectionInfo,
  newConnection,
  readConnection,
  writeConnection,
} from "@/wire/connection_file.ts";
import type { ReceivedMessage } from "@/wire/jupyter_message.ts";
import { Comms } from "./comms.ts";
import { Executor } from "./executor.ts";
import {
  ANSWER_TYPE,
  HANDLERS,
  interruptKernel,
  type KernelState,
  QUEUED_TYPE,
} from "./handlers.ts";
import { History } from "./history.ts";
import type { Interpreter } from "./interpreter.ts";
import { KernelSockets, type RequestChannel, type Wire } from "./kernel_sockets.ts";
import { watchParent } from "./parent.ts";
import { Questions } from "./questions.ts";
import { Request } from "./request.ts";

/** How long ending waits for a cell that does not heed its interrupt, in milliseconds. */
const CLOSE_MS = 3_000;

/** The most requests, cells aside, that are answered at the same time. */
const MAX_SERVING = 1024;

/** How long they may be together, but for a single one. Pages send 10 MB at most at a time. */
const MAX_SERVING_BYTES = 64 * 1024 * 1024;

/** What {@linkcode runKernel} may be told. */
export interface KernelOptions {
  /** The product's version. */
  readonly version: string;
  /** The process to end with: Jupyter's `$JPY_PARENT_PID`. */
  readonly parentPid?: number | undefined;
  /** The file of the history; it is kept in memory where nothing is said. */
  readonly historyFile?: string | undefined;
  /** Shuts the kernel down when it aborts. */
  readonly signal?: AbortSignal;
  /** Takes lines for the server's log; they go to stderr where nothing is said. */
  readonly log?: (line: string) => void;
  /** Takes out of log and errors what must not be shown; nothing where nothing is said. */
  readonly redact?: (text: string) => string;
}

/**
 * Runs a kernel until it is shut down, its parent dies, or a signal ends it.
 *
 * A connection file that does not exist is written, with ports and a key of the kernel's choice,
 * once all sockets listen; it is removed at the end.
 *
 * @throws {UsageError} when the connection file cannot be used.
 * @throws {ZmtpError} `address` when a port of the connection file is taken.
 */
export async function runKernel(
  connectionFile: string,
  interpreter: Interpreter,
  options: KernelOptions,
): Promise<void> {
  const { redact = (text) => text } = options;
  const write = options.log ?? ((line) => console.error(`iot kernel: ${line}`));
  const log = (line: string) => write(redact(line));
  const given = await readIfThere(connectionFile);
  await using sockets = await KernelSockets.bind(given ?? newConnection(), { log });
  await using history = new History({ path: options.historyFile, log });
  const { version } = options;
  const kernel = new Kernel(interpreter, { wire: sockets, version, history, log, redact });
  sockets.serve((channel, message) => kernel.receive(channel, message));
  using _signals = onSignals({
    SIGINT: () => kernel.interrupt(),
    SIGTERM: () => kernel.stop(),
    ...(Deno.build.os !== "windows" && { SIGHUP: () => kernel.stop() }),
  });
  using _parent = options.parentPid === undefined
    ? undefined
    : watchParent(options.parentPid, () => kernel.stop());
  options.signal?.addEventListener("abort", kernel.stop);
  if (options.signal?.aborted) kernel.stop();
  try {
    if (given === undefined) await writeConnection(connectionFile, sockets.connection);
    await kernel.stopped;
  } finally {
    options.signal?.removeEventListener("abort", kernel.stop);
    if (given === undefined) await Deno.remove(connectionFile).catch(() => {});
    await kernel.close();
  }
}

/** Dispatches messages. Knows no socket, only a {@linkcode Wire}. */
class Kernel {
  readonly #state: KernelState;
  readonly #log: (line: string) => void;
  readonly #redact: (text: string) => string;
  readonly #stopped = Promise.withResolvers<void>();
  /** Requests that are being answered. */
  readonly #serving = new Set<Promise<void>>();
  #servingBytes = 0;
  readonly #wire: Wire;
  readonly #questions: Questions;
  readonly #strays: Disposable;

  constructor(
    interpreter: Interpreter,
    options: {
      wire: Wire;
      version: string;
      history: History;
      log: (line: string) => void;
      redact: (text: string) => string;
    },
  ) {
    const { wire, version, history, log } = options;
    this.#log = log;
    this.#redact = options.redact;
    this.#wire = wire;
    this.#questions = new Questions(wire);
    const executor = new Executor({ interpreter, history, questions: this.#questions });
    const comms = new Comms(interpreter.comms);
    this.#state = { version, interpreter, history, executor, comms, stop: this.stop };
    this.#strays = interpreter.comms.onStray(({ type, ...rest }) =>
      wire.publish({ type, parent: {}, ...rest })
    );
    const content = { execution_state: "starting" };
    this.#wire.publish({ type: "status", content, parent: {} });
  }

  /** Resolves when somebody asked the kernel to stop. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** Asks the kernel to stop. */
  readonly stop = (): void => this.#stopped.resolve();

  /** Interrupts what runs. */
  interrupt(): void {
    interruptKernel(this.#state);
  }

  /** Takes a message whose signature is good. */
  receive(channel: RequestChannel, message: ReceivedMessage): void {
    if (channel === "stdin") {
      this.#answer(message);
      return;
    }
    const [wire, log, redact] = [this.#wire, this.#log, this.#redact];
    const request = new Request(message, { channel, wire, log, redact });
    const { type } = request;
    if (channel === "shell" && type === QUEUED_TYPE) {
      this.#state.executor.submit(request);
      return;
    }
    const handlers = HANDLERS[channel];
    const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
    if (handler === undefined) this.#log(`${channel}: "${type}" is not known. It was ignored.`);
    const busy = channel === "shell" && !this.#hasRoomFor(request);
    const serving = request.serve(busy ? refuse : () => handler?.(request, this.#state));
    this.#serving.add(serving);
    this.#servingBytes += request.bytes;
    serving.finally(() => {
      this.#serving.delete(serving);
      this.#servingBytes -= request.bytes;
    });
  }

  #hasRoomFor({ bytes }: Request): boolean {
    const { size } = this.#serving;
    return size === 0 || size < MAX_SERVING && this.#servingBytes + bytes <= MAX_SERVING_BYTES;
  }

  #answer(message: ReceivedMessage): void {
    const { msg_type } = message.header;
    if (msg_type === ANSWER_TYPE && this.#questions.answer(message)) return;
    const reason = msg_type === ANSWER_TYPE ? "answers no question that is open" : "is not known";
    this.#log(`stdin: "${msg_type}" ${reason}. It was ignored.`);
  }

  /** Interrupts what runs, and resolves when every request is answered, or some seconds later. */
  async close(): Promise<void> {
    const { executor, comms } = this.#state;
    comms.close();
    await within(CLOSE_MS, Promise.all([executor.close(), ...this.#serving]));
    this.#strays[Symbol.dispose]();
  }
}

function refuse(): never {
  throw new IotError("This kernel has more requests to answer than it can. Try again later.", 1);
}

async function readIfThere(path: string): Promise<ConnectionInfo | undefined> {
  const file = await Deno.stat(path).catch(() => undefined);
  return file === undefined ? undefined : await readConnection(path);
}

function onSignals(handlers: { [Name in Deno.Signal]?: () => void }): Disposable {
  const entries = Object.entries(handlers) as [Deno.Signal, () => void][];
  for (const [name, handler] of entries) Deno.addSignalListener(name, handler);
  return {
    [Symbol.dispose]() {
      for (const [name, handler] of entries) Deno.removeSignalListener(name, handler);
    },
  };
}
