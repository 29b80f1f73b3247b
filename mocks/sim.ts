/** Simulated boards with addresses: what `iot sim` starts. */

import { SimulatedBoard } from "./board.ts";
import { PROFILES } from "./profiles.ts";

/** A named choice with a line of explanation. */
export interface Choice {
  readonly name: string;
  readonly summary: string;
}

/** What boards to start. */
export interface SimulationOptions {
  /** One board for each. */
  readonly names: readonly string[];
  /** The name of a profile. */
  readonly profile?: string;
  /** Makes what is random the same every time. */
  readonly seed?: number;
  /** The module to start the boards' threads from, which calls `runBoardWorker()`. */
  readonly workerUrl?: URL | string;
}

/** A board that runs, and where it can be reached. */
export interface SimulatedStation {
  readonly name: string;
  readonly board: SimulatedBoard;
  /** E.g. `serial:///dev/pts/3`, `tcp://127.0.0.1:4000`. */
  readonly addresses: readonly string[];
}

/** Boards that run until disposed. */
export interface Simulation extends AsyncDisposable {
  readonly boards: readonly SimulatedStation[];
}

/** The kinds of board. */
export function profileChoices(): readonly Choice[] {
  return PROFILES.map(({ name, summary }) => ({ name, summary }));
}

/**
 * Starts boards.
 *
 * @throws {RangeError} when there is no such profile.
 */
export async function startBoards(options: SimulationOptions): Promise<Simulation> {
  await using stack = new AsyncDisposableStack();
  const boards: SimulatedStation[] = [];
  for (const name of options.names) {
    const board = stack.use(
      await SimulatedBoard.start({
        name,
        ...(options.profile !== undefined && { profile: options.profile }),
        ...(options.seed !== undefined && { seed: options.seed }),
        ...(options.workerUrl !== undefined && { workerUrl: options.workerUrl }),
      }),
    );
    boards.push({ name, board, addresses: [] });
  }
  const kept = stack.move();
  return { boards, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
