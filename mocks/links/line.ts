/**
 * A line between a port and a board: how long bytes are under way, how many at once, and what goes
 * wrong with them.
 */

import type { Fault, FaultActions } from "./faults.ts";
import type { Listener } from "./link.ts";
import { Pace } from "./pace.ts";
import type { Arrival, Plug } from "./plug.ts";

/** What a line is like. */
export interface LineOptions {
  /** Delay of every byte, each way. */
  readonly latencyMs?: number;
  /** Bits a second, ten to a byte, each way. */
  readonly baud?: number;
  readonly faults?: readonly Fault[];
}

/** A line; to the port it is the board. */
export class Line implements Plug, AsyncDisposable {
  /** Called when a fault cuts the line. */
  onCut: () => void = () => {};
  /** Called when a fault resets the board. */
  onReset: () => void = () => {};
  readonly #board: Plug;
  readonly #faults: readonly Fault[];
  readonly #toBoard: Pace;
  readonly #toHost: Pace;
  readonly #listeners = new Set<Listener>();
  readonly #ear: Listener;
  #arrival: Arrival | undefined;
  #resume: () => void = () => {};

  constructor(board: Plug, options: LineOptions) {
    this.#board = board;
    this.#faults = options.faults ?? [];
    this.#toBoard = new Pace(options, (data) => this.#board.receive(data, this.#arrival));
    this.#toHost = new Pace(options, async (data) => {
      await Promise.all([...this.#listeners].map((listener) => listener.hear(data)));
    });
    this.#ear = {
      hear: (data) => this.#hear(data),
      hangUp: () => this.#listeners.forEach((listener) => listener.hangUp()),
    };
  }

  /** All bytes of a line arrive in one manner: it has one port. */
  receive(data: Uint8Array, arrival?: Arrival): Promise<void> {
    this.#arrival = arrival;
    let kept = data;
    const { actions, wanted } = collectActions();
    for (const fault of this.#faults) kept = fault.toBoard?.(kept, actions) ?? kept;
    this.#act(wanted);
    return kept.length > 0 ? this.#toBoard.push(kept) : Promise.resolve();
  }

  plugIn(listener: Listener): void {
    this.#listeners.add(listener);
    for (const fault of this.#faults) {
      const noise = fault.opening?.();
      if (noise !== undefined && noise.length > 0) void listener.hear(noise);
    }
    if (this.#listeners.size === 1) this.#board.plugIn(this.#ear);
  }

  unplug(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#board.unplug(this.#ear);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#board.unplug(this.#ear);
    this.#resume();
    await Promise.all([this.#toBoard.close(), this.#toHost.close()]);
  }

  async #hear(data: Uint8Array): Promise<void> {
    let kept = data;
    const { actions, wanted } = collectActions();
    for (const fault of this.#faults) kept = fault.toHost?.(kept, actions) ?? kept;
    if (wanted.pauseMs > 0) await this.#pause(wanted.pauseMs);
    if (kept.length > 0) await this.#toHost.push(kept);
    if (wanted.cut) await this.#toHost.drained();
    this.#act(wanted);
  }

  #act({ cut, reset }: Wanted): void {
    if (reset) this.onReset();
    if (cut) this.onCut();
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#resume = resolve;
    await promise;
    clearTimeout(timer);
  }
}

/** What faults want beside the bytes that they leave. */
interface Wanted {
  cut: boolean;
  reset: boolean;
  pauseMs: number;
}

function collectActions(): { actions: FaultActions; wanted: Wanted } {
  const wanted: Wanted = { cut: false, reset: false, pauseMs: 0 };
  const actions: FaultActions = {
    cut: () => wanted.cut = true,
    reset: () => wanted.reset = true,
    pause: (ms) => wanted.pauseMs += ms,
  };
  return { actions, wanted };
}
