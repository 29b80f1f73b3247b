/** Runs a notebook headless: through the real kernel, over its sockets, without Python. */

import { abortable, withDeadline, within } from "@/base/deadline.ts";
import { type FailureCode, Interrupted, IotError, UsageError } from "@/base/errors.ts";
import { failed, OK, type Outcome } from "@/base/outcome.ts";
import { type Sink, wrapSink } from "@/base/sink.ts";
import type { Json } from "@/wire/jupyter_message.ts";
import type { KernelProcess } from "@/wire/kernel_process.ts";
import {
  type CodeCell,
  formatNotebook,
  hasTag,
  isCode,
  type Notebook,
  parseNotebook,
  sourceOf,
} from "./notebook.ts";
import { startOwnKernel } from "./own_kernel.ts";
import { NotebookPrinter, withoutControls } from "./printer.ts";
import { OutputRecorder } from "./recorder.ts";

/** How long an interrupted cell may take to end before its kernel is killed, in milliseconds. */
const INTERRUPT_MS = 10_000;

/** How long to wait before it is interrupted once more, in milliseconds. */
const INTERRUPT_AGAIN_MS = 500;

/** How long after an interrupt a reader may take for what it is shown, in milliseconds. */
const LAST_PRINT_MS = 1_000;

/** What {@linkcode executeNotebook} is told. */
export interface ExecuteNotebookOptions {
  /** The command line that starts this program. */
  readonly launcher: readonly string[];
  /** The board that cells run on where they name none. */
  readonly device?: string | undefined;
  /** Takes what `print` prints. */
  readonly sink: Sink;
  /** Interrupts the cell that runs; the rest is not run. */
  readonly signal: AbortSignal;
  /** Where the executed notebook is written, as far as it got. */
  readonly output?: string | undefined;
  /** Shows cells and outputs as they come. */
  readonly print?: boolean;
  /** Goes on after a cell that fails. */
  readonly allowErrors?: boolean;
  /** How long one cell may take, in milliseconds; for ever where nothing is said. */
  readonly cellMs?: number | undefined;
}

/**
 * Runs the code cells of the notebook at `path` in order, up to the first that fails, unless it is
 * tagged `raises-exception`. What was run is written to `output` however it ends.
 *
 * @returns an error outcome with the cell's traceback when one failed.
 * @throws {UsageError} when the notebook cannot be read or the result cannot be written: before
 * anything runs, where that can be known then.
 * @throws {KernelDied} when the kernel did not start or died.
 * @throws what `sink` throws when it takes no more.
 */
export async function executeNotebook(
  path: string,
  options: ExecuteNotebookOptions,
): Promise<Outcome> {
  const notebook = parseNotebook(await read(path), path);
  if (options.output !== undefined) await checkOutput(options.output);
  const cwd = /^(.*[/\\])[^/\\]*$/.exec(path)?.[1] ?? ".";
  await using kernel = await startOwnKernel({ ...options, cwd });
  notebook.metadata.language_info = kernel.client.info.language_info;
  notebook.metadata.kernelspec ??= { name: "iot", display_name: "IoT", language: "python" };
  const printer = options.print ? new NotebookPrinter(patient(options)) : undefined;
  const run = new NotebookRun(kernel, { ...options, printer });
  try {
    try {
      return await run.all(notebook);
    } finally {
      await printer?.flush();
    }
  } finally {
    if (options.output !== undefined) await write(options.output, formatNotebook(notebook));
  }
}

/** A sink that does not wait for its reader once `signal` has aborted: it may never read on. */
function patient({ sink, signal }: ExecuteNotebookOptions): Sink {
  return wrapSink(sink, {
    async write(stream, data) {
      const writing = sink.write(stream, data);
      try {
        await abortable(writing, signal);
      } catch (error) {
        if (error !== signal.reason || !await within(LAST_PRINT_MS, writing)) throw error;
        await writing;
      }
    },
  });
}

/** One pass through a notebook. */
class NotebookRun {
  readonly #kernel: KernelProcess;
  readonly #options: ExecuteNotebookOptions & { printer: NotebookPrinter | undefined };
  readonly #recorder = new OutputRecorder();

  constructor(
    kernel: KernelProcess,
    options: ExecuteNotebookOptions & { printer: NotebookPrinter | undefined },
  ) {
    this.#kernel = kernel;
    this.#options = options;
  }

  async all(notebook: Notebook): Promise<Outcome> {
    const { printer, allowErrors, signal } = this.#options;
    let count = 0;
    for (const cell of notebook.cells) {
      if (!isCode(cell)) {
        await printer?.cell(cell, count);
        continue;
      }
      if (sourceOf(cell).trim() === "") continue;
      count++;
      await printer?.cell(cell, count);
      signal.throwIfAborted();
      const reply = await this.#run(cell, count);
      const mayFail = allowErrors || hasTag(cell, "raises-exception");
      if (reply.status !== "ok" && (!mayFail || signal.aborted)) {
        return signal.aborted ? failed(new Interrupted()) : this.#failure(reply, count);
      }
    }
    return OK;
  }

  /** Runs a cell with its deadline; an interrupt from outside or by the deadline ends it. */
  async #run(cell: CodeCell, count: number): Promise<Json> {
    const { signal, cellMs } = this.#options;
    cell.outputs = this.#recorder.begin();
    cell.execution_count = null;
    if (cellMs === undefined) return await this.#execute(cell, { count, stop: signal });
    const late = new IotError(`Cell [${count}] took longer than ${cellMs / 1000} s.`, 1);
    return await withDeadline(cellMs, async (stop) => {
      const content = await this.#execute(cell, { count, stop });
      if (stop.reason === late) throw late;
      return content;
    }, { signal, error: () => late });
  }

  async #execute(
    cell: CodeCell,
    { count, stop }: { count: number; stop: AbortSignal },
  ): Promise<Json> {
    const { sink, printer } = this.#options;
    const reply = this.#kernel.client.execute(sourceOf(cell), {
      onInput: async ({ prompt, password, signal }) => {
        await printer?.flush();
        return await sink.input(prompt, { password, signal });
      },
      onPublish: async (message) => {
        this.#recorder.record(message);
        await printer?.output(message);
      },
    });
    const content = await this.#kernel.whileAlive(
      this.#interruptible(reply, stop),
      `while it ran cell [${count}]`,
    );
    if (typeof content.execution_count === "number") {
      cell.execution_count = content.execution_count;
    }
    return content;
  }

  /** Interrupts the kernel when `signal` aborts, and kills it when it does not heed that. */
  async #interruptible(reply: Promise<Json>, signal: AbortSignal): Promise<Json> {
    const onAbort = async () => {
      const deadline = performance.now() + INTERRUPT_MS;
      do {
        this.#kernel.client.interrupt().catch(() => {});
        // One that overtook its cell found nothing to interrupt.
        if (await within(INTERRUPT_AGAIN_MS, reply)) return;
      } while (performance.now() < deadline);
      this.#kernel.kill();
    };
    signal.addEventListener("abort", onAbort);
    try {
      return await reply;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** The outcome of a failed cell. What was printed already is not said twice. */
  #failure({ ename, evalue, traceback, exit_code }: Json, count: number): Outcome {
    const { print, sink } = this.#options;
    const lines = Array.isArray(traceback) ? traceback.map(String) : [];
    const shown = sink.colour ? lines : lines.map(withoutControls);
    return {
      status: "error",
      origin: "code",
      ename: String(ename),
      evalue: String(evalue),
      traceback: print
        ? [`Cell [${count}] failed: ${ename}: ${evalue}`]
        : [`In cell [${count}]:`, ...shown],
      exitCode: isFailureCode(exit_code) ? exit_code : 1,
    };
  }
}

function isFailureCode(code: unknown): code is FailureCode {
  return code === 1 || code === 2 || code === 3 || code === 130;
}

async function read(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`Cannot read the notebook "${path}": ${reason}`, { cause });
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text);
  } catch (cause) {
    const kept = await keep(text);
    throw unwritable(path, { cause, remark: kept && `What was run is in "${kept}" instead.` });
  }
}

/** Writes what cannot be written where it should be where there may be room: it took long to get. */
async function keep(text: string): Promise<string | undefined> {
  try {
    const path = await Deno.makeTempFile({ prefix: "iot-execute-", suffix: ".ipynb" });
    await Deno.writeTextFile(path, text);
    return path;
  } catch {
    return undefined;
  }
}

/** Makes sure that `path` can be written, and leaves it as it is. */
async function checkOutput(path: string): Promise<void> {
  try {
    const stat = await Deno.stat(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    // Opening a pipe would wait for its reader.
    if (stat !== undefined && !stat.isFile && !stat.isDirectory) return;
    const isNew = stat === undefined;
    (await Deno.open(path, { append: true, createNew: isNew })).close();
    if (isNew) await Deno.remove(path);
  } catch (cause) {
    throw unwritable(path, { cause });
  }
}

function unwritable(
  path: string,
  { cause, remark = "" }: { cause: unknown; remark?: string | undefined },
): UsageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const text = `Cannot write the notebook "${path}": ${reason}`;
  return new UsageError(remark ? `${text}. ${remark}` : text, { cause });
}
