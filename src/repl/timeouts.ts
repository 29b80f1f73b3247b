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
};

/** How code is sent to a board without raw paste, which cannot say when it has room. */
export interface Pacing {
  /** Bytes sent at once. */
  readonly bytes: number;
  /** The pause before the next ones. */
  readonly intervalMs: number;
}

/**
 * MicroPython's own tools send 256 bytes every 10 ms, which just fills the receive ring of an
 * ESP8266. This is as fast, in parts of half the size.
 */
export const DEFAULT_PACING: Pacing = { bytes: 128, intervalMs: 5 };
