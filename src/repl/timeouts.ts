/** How long the raw-REPL engine waits, all in one place. Tests inject shorter ones. */

/** Deadlines, in milliseconds. None of them is waited out when all goes well. */
export interface ReplTimeouts {
  /** Entering: how long an attempt waits before the next; the first ones wait less. */
  readonly attemptMs: number;
  /** Entering: how long a board may send nothing at all. An ESP32 boots for about 1.5 s. */
  readonly silentMs: number;
  /** Entering: how long a board that does send something may take, e.g. to end its program. */
  readonly enterMs: number;
  /** How long the answer to one step of the protocol may take, e.g. "send me more code". */
  readonly replyMs: number;
  /** Interrupting: between the first Ctrl-C and the next; later steps take multiples of it. */
  readonly interruptMs: number;
  /** Interrupting: how long a board may go on printing after Ctrl-C before we give up. */
  readonly interruptFloodMs: number;
  /** How long a start-up banner with a prompt must be the last thing to count as a reset. */
  readonly resetQuietMs: number;
  /** Soft reset: until boot.py has ended. It may connect to Wi-Fi. */
  readonly softResetMs: number;
  /** Soft reset: until a connection ends that the interpreter itself served. */
  readonly endMs: number;
}

/** For real boards. */
export const DEFAULT_TIMEOUTS: ReplTimeouts = {
  attemptMs: 500,
  silentMs: 4_000,
  enterMs: 10_000,
  replyMs: 5_000,
  interruptMs: 1_000,
  interruptFloodMs: 20_000,
  resetQuietMs: 300,
  softResetMs: 60_000,
  endMs: 3_000,
};

/**
 * So many bytes a board without raw paste surely takes at once when it waits at its prompt. The
 * smallest receive ring known, of nRF chips and so of a micro:bit, has 64 bytes and holds 63: lines
 * of 63 bytes all arrived, 1 in 150 of 65 did not (an emulated micro:bit on a busy machine).
 */
export const SAFE_TYPED_BYTES = 63;
