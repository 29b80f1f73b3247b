/** What a device needs of a protocol: running code, and a way to tell how it went. */

/** Takes output as it comes; the board is not read while the promise is pending. */
export type OnOutput = (chunk: Uint8Array) => void | Promise<void>;

/** What running code may be told. */
export interface ExecOptions {
  /** Takes standard output as it comes, lines ending in `\r\n`. */
  onOutput?: OnOutput;
  /** Interrupts the code when it aborts; {@linkcode Executor.exec} still returns where it can. */
  signal?: AbortSignal;
  /** Interrupts the code after so many milliseconds. */
  deadlineMs?: number;
}

/** How code ended. */
export interface ExecResult {
  /** The traceback as the board sent it, lines ending in `\r\n`; empty when nothing was raised. */
  readonly stderr: string;
  /**
   * Whether the signal interrupted it. Then `stderr` ends in `KeyboardInterrupt`, unless the code
   * caught that, ended at the same moment, or was {@linkcode unsent}.
   */
  readonly interrupted: boolean;
  /**
   * Set where it was interrupted before the board was known to have all of the code: unless `stderr`
   * tells, it may not even have begun. Without it, code that raised nothing has run to its end.
   */
  readonly unsent?: true;
}

/** What became of a connection when the board's interpreter restarted. */
export type Restarted = "ready" | "ended";

/**
 * A board that runs code, whatever it speaks: a raw REPL, or iot49's own protocol.
 *
 * What a protocol cannot do it refuses with a `ReplError` of code `unsupported`.
 */
export interface Executor {
  /** Whether the board is known to wait for code. */
  readonly ready: boolean;
  /** Whether something runs. */
  readonly busy: boolean;
  /** Whether a program that runs can be typed into, by {@linkcode feed}. */
  readonly canFeed: boolean;
  /**
   * Runs `code` and hands on what it prints. What it raises is a result.
   *
   * @throws {ReplError} when the board does not answer as it should.
   * @throws {TransportError} when the connection breaks.
   */
  exec(code: string, options?: ExecOptions): Promise<ExecResult>;
  /**
   * Types `bytes` into the program that runs.
   *
   * @param options `isEchoed`: the program prints what it reads, which says that it has read it
   */
  feed(bytes: Uint8Array, options?: { signal?: AbortSignal; isEchoed?: boolean }): Promise<void>;
  /**
   * Hands `bytes` to the program that runs, all at once and as they are: for a program of ours that
   * says how much it can take. What a REPL takes as a command is for the caller to keep out.
   */
  send(bytes: Uint8Array, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Restarts the interpreter: variables are gone, files stay; boot.py runs, main.py does not.
   *
   * @returns `ready` for code, or that this `ended` the connection, which is of no use any more
   */
  softReset(options?: Pick<ExecOptions, "onOutput" | "signal">): Promise<Restarted>;
  /** Notices while the board is idle when the connection breaks, until the board is used again. */
  watch(): Promise<void>;
  /** Ends {@linkcode watch}; resolves to whether the board waits for code as it did before. */
  endWatch(): Promise<boolean>;
  /** Has the next call make sure of the board anew, for somebody else has spoken to it. */
  doubt(): void;
  /** Lets the board go. The transport stays open, and nothing of it is being read any more. */
  leave(options?: { stay?: boolean }): Promise<void>;
}
