/**
 * Runs a program of this computer: output as it comes and no faster than it is taken, its standard
 * input at its end, and nothing left of it when it is interrupted.
 */

import { within } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { Sink, StreamName } from "@/base/sink.ts";
import { GROUP_OPTIONS, ProcessGroup } from "./process_group.ts";

/** What {@linkcode runProcess} is told. */
export interface ProcessOptions {
  /** A path, or a name that is looked for in `PATH`. */
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd: string;
  /** All variables that it sees. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes. An error thrown here ends the program. */
  readonly sink: Pick<Sink, "write">;
  /** Interrupts it, and all that it has started, when it aborts. */
  readonly signal: AbortSignal;
}

/** How a program ended. */
export interface ProcessExit {
  /** Its exit status; 128 and the signal's number where it was ended by one. */
  readonly code: number;
  readonly signal: Deno.Signal | null;
}

/**
 * How long output may keep coming, in milliseconds of waiting for it, when the program has ended:
 * what it has left running may hold its pipes for days. Where nothing is seen of such a thing the
 * end is on its way, and only a computer that stands still can delay it.
 */
const LEFT_RUNNING_MS = 500;
const UNSEEN_MS = 10_000;

/** How long the last output of an interrupted program is waited for, in milliseconds. */
const LAST_WORDS_MS = 1_000;

/** Between two looks at who is being waited for, in milliseconds. */
const SLICE_MS = 50;

/** A pipe holds no more: fcntl(2), F_SETPIPE_SZ, for users without privileges. */
const MAX_PIPE_BYTES = 1024 ** 2;

/**
 * Runs a program to its end. What it leaves running in the background goes on; its output is no
 * longer shown then, and a message says so.
 *
 * @throws {UsageError} when it cannot be started.
 * @throws the signal's reason when that aborts; what the sink throws. The program has ended then.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessExit> {
  const { command, sink, signal } = options;
  signal.throwIfAborted();
  const child = await start(options);
  const group = new ProcessGroup(child);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // there may be none
  const onAbort = () => failure.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const outputs = (["stdout", "stderr"] as const).map((name) => new Output(name, child, sink));
  for (const { done } of outputs) done.catch(failure.reject);
  try {
    const { code, signal: endedBy } = await Promise.race([child.status, failure.promise]);
    await Promise.race([finish(outputs, group), failure.promise]);
    if (outputs.some(({ isCut }) => isCut)) await sink.write("stderr", leftRunning(command));
    return { code, signal: endedBy };
  } catch (error) {
    const isGone = await group.end();
    // What it said as it was interrupted is welcome, but nobody waits for a sink that is stuck.
    await within(LAST_WORDS_MS, finish(outputs, group));
    await Promise.all(outputs.map((output) => output.cut()));
    if (!isGone) await within(LAST_WORDS_MS, sink.write("stderr", staying(command)));
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function start(
  { command, args = [], cwd, env }: ProcessOptions,
): Promise<Deno.ChildProcess> {
  try {
    return new Deno.Command(command, {
      args: [...args],
      cwd,
      env: { ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...GROUP_OPTIONS,
    }).spawn();
  } catch (cause) {
    throw new UsageError(`Cannot start "${command}": ${await reasonOf(cause, cwd)}.`, { cause });
  }
}

/** A directory that is gone and a program that is not there are the same error. */
async function reasonOf(error: unknown, cwd: string): Promise<string> {
  const isThere = await Deno.stat(cwd).then(({ isDirectory }) => isDirectory, () => false);
  if (!isThere) return `the working directory "${cwd}" is gone. Go to another one by %cd`;
  if (error instanceof Deno.errors.NotFound) return "there is no such program";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}

function staying(command: string): string {
  return `"${command}", or what it has started, does not end, not even by SIGKILL.\n`;
}

function leftRunning(command: string): string {
  return `"${command}" has left something running. Its output is not shown any more, and it may ` +
    "end when it writes more. Start it with: PROGRAM >FILE 2>&1 &\n";
}

/** Waits for the last of the output, as long as it makes sense. */
async function finish(outputs: readonly Output[], group: ProcessGroup): Promise<void> {
  for (const output of outputs) output.noteEnd();
  const isLeft = await group.remains();
  await Promise.all(outputs.map((output) => output.finish(isLeft ? LEFT_RUNNING_MS : UNSEEN_MS)));
}

/** One of a program's streams on its way to the sink. */
class Output {
  /** Settles when all has been taken, or the rest was given up. Rejects with what the sink throws. */
  readonly done: Promise<void>;
  /** Whether there was more to come. */
  isCut = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #hasEnded = false;
  #bytesAfter = 0;
  #isReading = false;

  constructor(name: StreamName, child: Deno.ChildProcess, sink: Pick<Sink, "write">) {
    this.#reader = child[name].getReader();
    this.done = this.#forward((bytes) => sink.write(name, bytes));
  }

  /** Says that the program has ended: what comes from now on is what was in the pipe, or others'. */
  noteEnd(): void {
    this.#hasEnded = true;
  }

  /** Resolves at the end, or when more than `waitMs` were spent waiting for it. */
  async finish(waitMs: number): Promise<void> {
    for (let left = waitMs; left > 0 && !this.isCut;) {
      const start = performance.now();
      if (await within(Math.min(left, SLICE_MS), this.done)) break;
      // The time that the sink takes is not the program's.
      if (this.#isReading) left -= performance.now() - start;
    }
    if (!await within(0, this.done)) await this.cut();
    await this.done;
  }

  /** Takes no more. */
  async cut(): Promise<void> {
    this.isCut = true;
    await this.#reader.cancel();
  }

  async #forward(take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    try {
      while (true) {
        this.#isReading = true;
        const { value, done } = await this.#reader.read();
        this.#isReading = false;
        if (done) return;
        await take(value);
        if (this.#hasEnded && (this.#bytesAfter += value.length) > MAX_PIPE_BYTES) {
          return await this.cut();
        }
      }
    } catch (error) {
      await this.#reader.cancel();
      throw error;
    }
  }
}
