/**
 * Errors for the person in front of the board.
 *
 * Every failure that a user can cause or meet is an {@linkcode IotError}: its message says what was
 * tried, what came back and what to do, and its `exitCode` is the shell's answer. Anything else
 * that is thrown is a defect of ours.
 */

/**
 * What the shell is told (contract, 1.5): `1` the board, a test or the rig failed; `2` wrong usage
 * or configuration; `3` the device could not be reached or was lost midway; `130` interrupted.
 */
export type FailureCode = 1 | 2 | 3 | 130;

/** A failure with a message meant for users. Subclasses carry the facts as data. */
export class IotError extends Error {
  override readonly name: string = "IotError";
  /** The exit code of a shell command that ends with this error. */
  readonly exitCode: FailureCode;

  constructor(message: string, exitCode: FailureCode, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Wrong usage: an unknown command, a bad argument, an address that cannot be read. */
export class UsageError extends IotError {
  override readonly name = "UsageError";

  constructor(message: string, options?: ErrorOptions) {
    super(message, 2, options);
  }
}

/** The user asked to stop. The reason that our `AbortSignal`s carry. */
export class Interrupted extends IotError {
  override readonly name = "KeyboardInterrupt";

  constructor(message = "interrupted") {
    super(message, 130);
  }
}
