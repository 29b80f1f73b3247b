/** Runs `execute_request`s one after the other, and stops them. */

import { pause } from "@/base/deadline.ts";
import { Interrupted, IotError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { Evaluation } from "@/session/answers.ts";
import type { Json } from "@/wire/jupyter_message.ts";
import { type ExecuteOptions, readExecuteOptions } from "./execute_options.ts";
import type { History } from "./history.ts";
import type { Interpreter } from "./interpreter.ts";
import type { OutputSink } from "./output.ts";
import { inputRefused, type Questions } from "./questions.ts";
import { errorContent, type ErrorOutcome, type Request } from "./request.ts";

/**
 * How long a failed cell's reply waits for requests that are already on their way: "Run All" sends
 * all cells at once, and those behind the failed one must be aborted, in milliseconds.
 */
const IN_FLIGHT_MS = 10;

/** "Run All" of the longest notebooks stays far below; a client that floods us is stopped here. */
const MAX_QUEUED = 4096;

/** How long all messages that wait may be together, but for a single one. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;

/** What cells are run with. */
export interface ExecutorOptions {
  readonly interpreter: Interpreter;
  readonly questions: Questions;
  readonly history: History;
}

/** The queue of cells, and the one that runs. */
export class Executor {
  readonly #options: ExecutorOptions;
  #queue: Request[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #controller: AbortController | undefined;
  #executionCount = 0;
  #closed = false;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Runs a request's cell after those before it, or answers at once that too many wait. */
  submit(request: Request): void {
    const bytes = this.#queuedBytes + request.bytes;
    const { length } = this.#queue;
    if (length >= MAX_QUEUED || (length > 0 && bytes > MAX_QUEUED_BYTES)) {
      const reply = errorContent(request.outcomeOf(tooMany(length)));
      request.serve(() => this.#reply(reply));
      return;
    }
    this.#queue.push(request);
    this.#queuedBytes = bytes;
    this.#running ??= this.#run();
  }

  /** Interrupts the cell that runs; harmless when none does. @returns whether one does. */
  interrupt(): boolean {
    this.#controller?.abort(new Interrupted());
    return this.#controller !== undefined;
  }

  /** Interrupts what runs, aborts what waits, and resolves when all are answered. */
  async close(): Promise<void> {
    this.#closed = true;
    this.interrupt();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (this.#closed) await this.#abort(next);
      else await this.#serve(next);
    }
    this.#running = undefined;
  }

  #next(): Request | undefined {
    const request = this.#queue.shift();
    this.#queuedBytes -= request?.bytes ?? 0;
    return request;
  }

  async #serve(request: Request): Promise<void> {
    let stop = false;
    await request.serve(async () => {
      let reply: Json;
      try {
        const options = readExecuteOptions(request.content);
        reply = await this.#execute(request, options);
        stop = reply.status === "error" && options.stopOnError && !options.silent;
      } catch (error) {
        reply = errorContent(request.outcomeOf(error));
      }
      if (stop) await pause(IN_FLIGHT_MS);
      return this.#reply(reply);
    });
    if (!stop) return;
    // Those that came while the reply was on its way were sent by someone who had not seen it.
    for (let rest = this.#queue.length; rest > 0; rest--) await this.#abort(this.#next()!);
  }

  async #abort(request: Request): Promise<void> {
    await request.serve(() => ({ status: "aborted", execution_count: this.#executionCount }));
  }

  /** `content` with the fields that every `execute_reply` has. */
  #reply(content: Json): Json {
    return { payload: [], user_expressions: {}, ...content, execution_count: this.#executionCount };
  }

  /** Runs a cell and what is to be evaluated after it; the reply's own fields. */
  async #execute(request: Request, options: ExecuteOptions): Promise<Json> {
    const { code, silent, storeHistory, allowStdin } = options;
    const { questions, history } = this.#options;
    // As in ipykernel: a cell that is not stored shows the number it would have had.
    const count = this.#executionCount + 1;
    if (storeHistory) {
      this.#executionCount = count;
      history.add(count, code);
    }
    if (!silent) request.publish("execute_input", { code, execution_count: count });
    const output = request.openOutput({
      silent,
      ask: allowStdin
        ? (prompt, asked) => questions.ask(request.client, prompt, asked)
        : (prompt) => Promise.reject(inputRefused(prompt)),
    });
    output.executionCount = this.#executionCount;
    const controller = this.#controller = new AbortController();
    const scene = { output, signal: controller.signal };
    try {
      const outcome = await this.#runCell(request, code, scene);
      if (outcome.status === "error") {
        const { ename, evalue, traceback } = outcome;
        if (!silent) request.publish("error", { ename, evalue, traceback });
        return { ...errorContent(outcome), payload: output.payload };
      }
      if (storeHistory && output.resultText !== undefined) {
        history.addOutput(count, output.resultText);
      }
      const values = await this.#evaluate(request, options.userExpressions, scene);
      return { status: "ok", payload: output.payload, user_expressions: values };
    } finally {
      this.#controller = undefined;
    }
  }

  async #runCell(request: Request, code: string, { output, signal }: Scene): Promise<Outcome> {
    try {
      return await this.#options.interpreter.run(code, output, { signal });
    } catch (error) {
      return outcomeOf(request, error, signal);
    } finally {
      output.end();
    }
  }

  async #evaluate(
    request: Request,
    expressions: ExecuteOptions["userExpressions"],
    { signal }: Scene,
  ): Promise<Json> {
    const values: [string, Json][] = [];
    for (const [name, expression] of expressions) {
      let value: Evaluation;
      try {
        signal.throwIfAborted();
        value = await this.#options.interpreter.evaluate(expression, { signal });
      } catch (error) {
        value = outcomeOf(request, error, signal);
      }
      const { status } = value;
      if (status === "ok") values.push([name, { status, data: value.data, metadata: {} }]);
      else values.push([name, errorContent(value)]);
    }
    return Object.fromEntries(values);
  }
}

/** Where a cell runs. */
interface Scene {
  readonly output: OutputSink;
  readonly signal: AbortSignal;
}

/** The outcome that shows `error`; after an interrupt, whatever comes of it is that interrupt. */
function outcomeOf(request: Request, error: unknown, signal: AbortSignal): ErrorOutcome {
  return request.outcomeOf(signal.aborted && !(error instanceof IotError) ? signal.reason : error);
}

function tooMany(count: number): IotError {
  return new IotError(
    `This kernel has ${count} cells waiting and takes no more. Interrupt it, or wait until it ` +
      "has caught up.",
    1,
  );
}
