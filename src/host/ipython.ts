/** A real IPython: ipykernel as a child process, driven as any Jupyter client drives it. */

import { abortable, within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { CommMessage, Sink } from "@/base/sink.ts";
import type { Json, JupyterMessage } from "@/wire/jupyter_message.ts";
import type { KernelClient, Question, RequestOptions } from "@/wire/kernel_client.ts";
import { KernelDied, KernelProcess } from "@/wire/kernel_process.ts";
import {
  type Backend,
  type HostDeath,
  HostPythonDied,
  type HostRun,
  INTERRUPT_MS,
  type Surroundings,
} from "./backend.ts";
import type { HostMagics, HostRunOptions } from "./host_python.ts";
import { commOf, isComm, outcomeOf, Relay, relayPayload } from "./ipython_relay.ts";
import { OpenComms } from "./open_comms.ts";
import watchParent from "./watch_parent.py" with { type: "text" };

/** How long ipykernel may take to end by itself, in milliseconds. Jupyter gives us 5 s. */
const SHUTDOWN_MS = 2_000;

/** How long before an interrupt is repeated, in milliseconds: one may come before its cell begins. */
const INTERRUPT_AGAIN_MS = 2_000;

/** As `python -m ipykernel_launcher` does. */
const LAUNCH = `import runpy\nrunpy.run_module("ipykernel_launcher", run_name="__main__")\n`;

/** The directory's bytes in hex: a text that needs no reading of Python's literals. */
const WHERE = `__import__("os").fsencode(__import__("os").getcwd()).hex()`;

const MAGICS = `__import__("json").dumps({kind: sorted(names) for kind, names in ` +
  "get_ipython().magics_manager.lsmagic().items()}).encode().hex()";

/** How an {@linkcode IPython} is started. */
export interface IPythonOptions extends Surroundings {
  /** Gives up with the signal's reason. */
  readonly signal: AbortSignal;
  /** Takes widgets' messages that belong to no cell. */
  onStray(message: CommMessage): void;
}

/** One ipykernel. */
export class IPython implements Backend {
  readonly #process: KernelProcess;
  /** Its widgets. */
  readonly comms = new OpenComms();
  /** How many cells, lines and messages it has been given that are not over. */
  #running = 0;

  private constructor(process: KernelProcess, { onStray }: IPythonOptions) {
    this.#process = process;
    process.client.onStray = (message) => {
      this.#note(message);
      if (isComm(message)) onStray(commOf(message));
    };
  }

  /**
   * Starts it by `program`, a Python that has ipykernel.
   *
   * @throws {HostPythonDied} when it does not start.
   * @throws the signal's reason when it aborts.
   */
  static async start(program: string, options: IPythonOptions): Promise<IPython> {
    try {
      const process = await KernelProcess.start({
        command: (file) => [program, "-c", watchParent + LAUNCH, "-f", file],
        cwd: options.path,
        env: options.variables,
        clearEnv: true,
        apart: true,
        signal: options.signal,
        shutdownMs: SHUTDOWN_MS,
      });
      return new IPython(process, options);
    } catch (error) {
      throw translate(error, { when: "as it started" });
    }
  }

  get isDead(): boolean {
    return this.#process.isDead;
  }

  /** Whether a cell, a line of ours or a widget's code runs. */
  get isBusy(): boolean {
    return this.#running > 0;
  }

  async run(code: string, { sink, signal }: HostRunOptions): Promise<HostRun> {
    const relay = new Relay(sink, { hasOutcome: true });
    const questions = new Questions({ sink, signal });
    const { client } = this.#process;
    const losses = client.losses;
    const reply = await this.#execute(code, {
      ...this.#behalf({ relay, questions, sink }),
      signal,
      userExpressions: { where: WHERE },
      stopOnError: false,
    });
    await relay.end(reply);
    if (client.losses > losses) await sink.write("stderr", LOST);
    await questions.end();
    const { exits } = await relayPayload(reply, sink);
    const path = valueOf(reply, "where") ?? await this.#value(WHERE, { signal });
    return { outcome: outcomeOf(reply, sink), path, exits };
  }

  async arrange(line: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const reply = await this.#execute(line, { silent: true, stopOnError: false, signal });
    if (reply.status === "ok") return;
    const reason = `${reply.ename}: ${reply.evalue}`;
    throw new IotError(`Python on this computer refused what it was told: ${reason}`, 1);
  }

  /** The magics that there are now. */
  async magics({ signal }: { readonly signal: AbortSignal }): Promise<HostMagics> {
    const text = await this.#value(MAGICS, { signal });
    return text === undefined ? { line: [], cell: [] } : JSON.parse(text);
  }

  /** Asks something that is answered between cells: the content of the reply. */
  async ask(type: string, content: Json, { signal }: { signal: AbortSignal }): Promise<Json> {
    return (await this.#alive((client) => client.request(type, content, { signal }))).content;
  }

  /**
   * Hands on a widget's message, and resolves when Python has dealt with it: after its cell, where one
   * runs. What comes of it goes to `sink`; the signal interrupts it.
   */
  async post(message: CommMessage, { sink, signal }: HostRunOptions): Promise<void> {
    signal.throwIfAborted();
    this.comms.note(message);
    const relay = new Relay(sink, { hasOutcome: false });
    const questions = new Questions({ sink, signal });
    const options = this.#behalf({ relay, questions, sink });
    await this.#interruptible(this.#process.client.post(message, options), { signal });
    await questions.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It cannot be asked to end while it is busy.
    if (this.isBusy) this.#process.kill();
    await this.#process[Symbol.asyncDispose]();
  }

  /** The text whose hex an expression is worth; undefined where it has no value. */
  async #value(
    expression: string,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    // After an interrupt the cell is over, and nobody waits for this.
    if (signal.aborted || this.isDead) return undefined;
    const userExpressions = { value: expression };
    const options = { silent: true, stopOnError: false, userExpressions, signal };
    return valueOf(await this.#execute("", options), "value");
  }

  /** Where what Python does on behalf of a request of ours goes. */
  #behalf(
    { relay, questions, sink }: { relay: Relay; questions: Questions; sink: Sink },
  ): RequestOptions {
    return {
      // What a thread shows after its cell belongs there, too.
      staysTuned: true,
      id: sink.requestId,
      onPublish: async (message) => {
        this.#note(message);
        await relay.take(message);
      },
      onInput: (question) => questions.ask(question),
    };
  }

  #note(message: JupyterMessage): void {
    if (isComm(message)) this.comms.note(commOf(message));
  }

  /** Runs a cell to its end; the signal interrupts it, and ends Python where that does not help. */
  async #execute(
    code: string,
    { signal, ...options }: Parameters<KernelClient["execute"]>[1] & {
      readonly signal: AbortSignal;
    },
  ): Promise<Json> {
    signal.throwIfAborted();
    return await this.#interruptible(this.#process.client.execute(code, options), { signal });
  }

  /** Waits for `work`; the signal interrupts it, and ends Python where that does not help. */
  async #interruptible<T>(work: Promise<T>, { signal }: { signal: AbortSignal }): Promise<T> {
    let when: HostDeath["when"];
    this.#running++;
    const onAbort = async () => {
      const deadline = performance.now() + INTERRUPT_MS;
      do {
        this.#process.client.interrupt().catch(() => {});
        if (await within(INTERRUPT_AGAIN_MS, work)) return;
      } while (performance.now() < deadline);
      when = "as it did not heed an interrupt";
      this.#process.kill();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#process.whileAlive(work, "while it ran a cell");
    } catch (error) {
      throw translate(error, { when });
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#running--;
    }
  }

  async #alive<T>(work: (client: KernelClient) => Promise<T>): Promise<T> {
    try {
      return await this.#process.whileAlive(work(this.#process.client), "while it was asked");
    } catch (error) {
      throw translate(error, {});
    }
  }
}

/** IPython merges what is printed in a fifth of a second: only much at once is too long. */
const LOST = "Some output of this cell was lost: a single message held more than 256 MB of it.\n";

/** What ipykernel takes for the end of input: `raw_input` in its kernelbase.py. */
const END_OF_FILE = "\x04";

/** What Python asks on behalf of one request. */
class Questions {
  readonly #options: HostRunOptions;
  #refusal: IotError | undefined;

  constructor(options: HostRunOptions) {
    this.#options = options;
  }

  /** Asks the person; an interrupt of the cell ends the question. */
  async ask({ prompt, password, signal: over }: Question): Promise<string> {
    const { sink, signal } = this.#options;
    const either = AbortSignal.any([over, signal]);
    try {
      return await abortable(sink.input(prompt, { password, signal: either }), either);
    } catch (error) {
      if (!(error instanceof IotError) || signal.aborted) throw error;
      this.#refusal = error;
      return END_OF_FILE;
    }
  }

  /** Python was told that there is no input; the person is told why. */
  async end(): Promise<void> {
    if (this.#refusal === undefined) return;
    await this.#options.sink.write("stderr", `${this.#refusal.message}\n`);
  }
}

function translate(error: unknown, { when }: { when?: HostDeath["when"] }): unknown {
  if (!(error instanceof KernelDied)) return error;
  const { how = error.message, lastWords } = error;
  return new HostPythonDied(how, { lastWords, cause: error, ...(when && { when }) });
}

/** The text whose hex stands in a reply's user expression. */
function valueOf({ user_expressions }: Json, name: string): string | undefined {
  const data = (user_expressions as Record<string, { data?: Json }> | undefined)?.[name]?.data;
  const hex = /^'([0-9a-f]*)'$/.exec(String(data?.["text/plain"]))?.[1];
  return hex === undefined ? undefined : new TextDecoder().decode(Uint8Array.fromHex(hex));
}
