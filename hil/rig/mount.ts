/** A board of the rig in hand: where it answers, and its power. */

import type { BoardSpec } from "./bench.ts";

/** What waits may be told. */
export interface Waiting {
  readonly signal: AbortSignal;
}

/** What getting hold of a board may be told. */
export interface MountWaiting extends Waiting {
  /** Is told why it takes long: somebody else has the board, say. */
  readonly onWait?: (reason: string) => void;
}

/**
 * A board that the runner holds, and nobody else: its lock is taken, what has to be started for it
 * runs. Disposing gives it back, whatever state it is in.
 */
export interface Mount extends AsyncDisposable {
  readonly spec: BoardSpec;
  /** Where it answers now, e.g. `serial:///dev/pts/3`. It may be another one after power was cut. */
  readonly url: string;
  /** What it takes to connect there, as environment variables: `IOT_SECRETS` of a WebREPL. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Takes the lock of the board's UID, which is known once it has answered. Undefined for boards that
   * the runner started: nobody else can reach them, and emulated ones share a UID.
   *
   * @throws {RigError} `locked` when another run has it.
   */
  readonly claim?: (uid: string) => Promise<void>;
  /** Power off, and on again; undefined where nobody can. Resolves when it may be connected to. */
  readonly powerCycle?: (options: Waiting) => Promise<void>;
}

/**
 * Gets hold of boards, each by its kind of source.
 *
 * @throws {RigError} when the rig is not as its file says.
 */
export type MountBoard = (spec: BoardSpec, options: MountWaiting) => Promise<Mount>;
