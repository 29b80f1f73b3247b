/** The same work on several boards, one after the other or all at once, each output kept apart. */

import { IotError, UsageError } from "@/base/errors.ts";
import { failed, OK, type Outcome } from "@/base/outcome.ts";
import { type Sink, wrapSink } from "@/base/sink.ts";
import type { Boards } from "@/discovery/boards.ts";
import { NO_BOARD_HINT } from "@/discovery/found.ts";
import type { Context } from "./command.ts";

/** One place where work is done. */
export interface Stage {
  /** What its header says. */
  readonly name: string;
  run(sink: Sink): Promise<Outcome>;
}

/** The UIDs or addresses of the boards that the last look around found, else that one finds now. */
export async function allBoards({ devices, signal }: Context): Promise<string[]> {
  const found = devices.found.length > 0
    ? devices.found
    : (await devices.discover({ signal })).found;
  if (found.length === 0) throw new UsageError(`No device was found. ${NO_BOARD_HINT}`);
  return [...new Set(found.map(({ uid, url }) => uid || url))];
}

/** What is done on boards, and how. */
export interface WorkOptions {
  readonly context: Context;
  /** Whether it is done on all of them at once. */
  readonly parallel: boolean;
  run(devices: Boards, sink: Sink): Promise<Outcome>;
}

/** A stage for each board that `targets` name, by names, UIDs or addresses. */
export async function onBoards(
  targets: readonly string[],
  { context: { devices, signal }, parallel, run }: WorkOptions,
): Promise<Stage[]> {
  const boards = await devices.locate(targets, { signal });
  // Who looks around asks all boards, and meets those that others are about to use.
  const looksAround = !parallel || boards.length === 1;
  return boards.map((board) => ({
    name: board.name,
    async run(sink) {
      await using borrowed = await devices.borrow(board, { signal, looksAround });
      return await run(borrowed, sink);
    },
  }));
}

/** How stages are shown. */
export interface ShowOptions {
  readonly context: Context;
  readonly quiet: boolean;
}

/** One after the other, output as it comes. */
export async function inTurn(
  stages: readonly Stage[],
  { context, quiet }: ShowOptions,
): Promise<Outcome> {
  let worst: Outcome = OK;
  for (const stage of stages) {
    context.signal.throwIfAborted();
    if (!quiet) await context.sink.write("stdout", header(stage));
    const outcome = await attempt(stage, context.sink, context.signal);
    worst = await note(outcome, worst, { stage, context, last: stage === stages.at(-1) });
  }
  return worst;
}

/**
 * All at once; each one's output is shown when it is done and those above it are, also where they
 * are interrupted. A program that asks does so at once, by its board's name.
 */
export async function atOnce(
  stages: readonly Stage[],
  { context, quiet }: ShowOptions,
): Promise<Outcome> {
  const runs = stages.map((stage) => {
    const kept = new KeptOutput(stage, context.sink);
    return { stage, kept, outcome: attempt(stage, kept.sink, context.signal) };
  });
  // Whatever is shown while they run, none of them is left behind.
  const all = Promise.allSettled(runs.map(({ outcome }) => outcome));
  let worst: Outcome = OK;
  let failure: PromiseRejectedResult | undefined;
  try {
    for (const { stage, kept, outcome } of runs) {
      const [ended] = await Promise.allSettled([outcome]);
      if (!quiet) await context.sink.write("stdout", header(stage));
      await kept.show();
      if (ended.status === "rejected") failure ??= ended;
      else {worst = await note(ended.value, worst, {
          stage,
          context,
          last: stage === stages.at(-1),
        });}
    }
  } finally {
    await all;
  }
  if (failure !== undefined) throw failure.reason;
  return worst;
}

/** A board that cannot be reached stops no other one. */
async function attempt(stage: Stage, sink: Sink, signal: AbortSignal): Promise<Outcome> {
  try {
    return await stage.run(sink);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof IotError) return failed(error);
    throw error;
  }
}

/** Keeps the first failure as the cell's own, and shows the others where they happened. */
async function note(
  outcome: Outcome,
  worst: Outcome,
  { stage, context, last }: { stage: Stage; context: Context; last: boolean },
): Promise<Outcome> {
  if (outcome.status === "ok") return worst;
  // The last one's traceback is shown as the cell's.
  if (!last || worst.status === "error") {
    await context.sink.write("stderr", `${stage.name}: ${outcome.traceback.join("\n")}\n`);
  }
  return worst.status === "error" ? worst : outcome;
}

function header({ name }: Stage): string {
  return `\n----- ${name}\n\n`;
}

/** More output than this of one board that waits for another one is dropped, and said to be. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** Keeps a board's output until it is its turn to be shown. */
class KeptOutput {
  readonly sink: Sink;
  readonly #target: Sink;
  readonly #shows: (() => Promise<void>)[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor({ name }: Stage, target: Sink) {
    this.#target = target;
    const keep = (bytes: number, show: () => Promise<void>) => {
      this.#bytes += bytes;
      if (this.#bytes > MAX_KEPT_BYTES) this.#dropped += bytes;
      else this.#shows.push(show);
      return Promise.resolve();
    };
    const size = (value: unknown) => JSON.stringify(value)?.length ?? 0;
    this.sink = wrapSink(target, {
      // A copy: the board's buffer is used again.
      write: (stream, data) => {
        const copy = typeof data === "string" ? data : data.slice();
        return keep(copy.length, () => target.write(stream, copy));
      },
      display: (display) => keep(size(display), () => target.display(display)),
      result: (data, metadata) => keep(size(data), () => target.result(data, metadata)),
      page: (data) => keep(size(data), () => target.page(data)),
      // How far it has come is no news when it is shown.
      status: (text, options) =>
        options?.final ? keep(text.length, () => target.status(text, options)) : Promise.resolve(),
      clear: (options) => keep(0, () => target.clear(options)),
      comm: (message) => keep(size(message), () => target.comm(message)),
      input: (prompt, options) => target.input(`${name}: ${prompt}`, options),
      flush: () => Promise.resolve(),
    });
  }

  async show(): Promise<void> {
    for (const show of this.#shows) await show();
    if (this.#dropped === 0) return;
    await this.#target.write("stderr", `… and ${this.#dropped} more bytes, which were too many.\n`);
  }
}
