/** Runs `execute_request`s one after the other, and stops them. */

import { pause } from "@/base/deadline.ts";
import { Interrupted, IotError, UsageError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { Json } from "@/wire/jupyter_message.ts";
import type { Interpreter } from "./interpreter.ts";
import { errorContent, type Request } from "./request.ts";

/**
 * How long a failed cell's reply waits for requests that are already on their way: "Run All" sends
 * all cells at once, and those behind the failed one must be aborted, in milliseconds.
 */
const IN_FLIGHT_MS = 10;

/** What an `execute_request` asks for. */
interface ExecuteOptions {
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  readonly stopOnError: boolean;
}

/** The queue of cells, and the one that runs. */
export class Executor {
  readonly #interpreter: Interpreter;
  #queue: Request[] = [];
  #running: Promise<void> | undefined;
  #controller: AbortController | undefined;
  #executionCount = 0;
  #closed = false;

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter;
  }

  /** Runs a request's cell after those before it. */
  submit(request: Request): void {
    this.#queue.push(request);
    this.#running ??= this.#run();
  }

  /** Interrupts the cell that runs; harmless when none does. */
  interrupt(): void {
    this.#controller?.abort(new Interrupted());
  }

  /** Interrupts what runs, aborts what waits, and resolves when all are answered. */
  async close(): Promise<void> {
    this.#closed = true;
    this.interrupt();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const request = next;
      if (this.#closed) await request.serve(() => this.#aborted());
      else await this.#serve(request);
    }
    this.#running = undefined;
  }

  async #serve(request: Request): Promise<void> {
    let stop = false;
    await request.serve(async () => {
      let reply: Json;
      try {
        const options = readOptions(request.content);
        const outcome = await this.#execute(request, options);
        reply = outcome.status === "ok" ? outcome : errorContent(outcome);
        stop = outcome.status === "error" && options.stopOnError && !options.silent;
      } catch (error) {
        reply = errorContent(request.outcomeOf(error));
      }
      if (stop) await pause(IN_FLIGHT_MS);
      const count = { execution_count: this.#executionCount };
      return { ...reply, ...count, payload: [], user_expressions: {} };
    });
    // Those that came while the reply was on its way were sent by someone who had not seen it.
    if (stop) { for (const one of this.#queue.splice(0)) await one.serve(() => this.#aborted()); }
  }

  async #execute(request: Request, options: ExecuteOptions): Promise<Outcome> {
    const { code, silent, storeHistory } = options;
    if (storeHistory) this.#executionCount++;
    const count = this.#executionCount;
    if (!silent) request.publish("execute_input", { code, execution_count: count });
    const controller = this.#controller = new AbortController();
    const { signal } = controller;
    let outcome: Outcome;
    try {
      outcome = await this.#interpreter.run(code, request.output({ silent }), { signal });
    } catch (error) {
      outcome = request.outcomeOf(
        signal.aborted && !(error instanceof IotError) ? signal.reason : error,
      );
    } finally {
      this.#controller = undefined;
    }
    request.endOutput();
    if (outcome.status === "error" && !silent) {
      const { ename, evalue, traceback } = outcome;
      request.publish("error", { ename, evalue, traceback });
    }
    return outcome;
  }

  #aborted(): Json {
    return { status: "aborted", execution_count: this.#executionCount };
  }
}

function readOptions(content: Json): ExecuteOptions {
  const { code, silent = false, store_history, stop_on_error = true } = content;
  if (typeof code !== "string") throw new UsageError(`An execute_request has no "code".`);
  return {
    code,
    silent: silent === true,
    // "If silent=True, store_history is forced to False": Messaging in Jupyter, "Execute".
    storeHistory: silent !== true && store_history !== false,
    stopOnError: stop_on_error !== false,
  };
}
