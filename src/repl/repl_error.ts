/** What can go wrong between us and a board's REPL. */

import { type FailureCode, IotError } from "@/base/errors.ts";

/**
 * Why the REPL could not be used:
 * - `silent`: the board sends nothing;
 * - `busy`: it runs a program that does not heed Ctrl-C;
 * - `protocol`: what it sends is not what a raw REPL sends;
 * - `reset`: it restarted while it ran our code, which is lost with all variables;
 * - `exit`: the code ended the interpreter itself, as `sys.exit()` does, which starts afresh;
 * - `timeout`: the code ran longer than it was given, and was interrupted;
 * - `unsupported`: what was asked for cannot be done by the protocol that this board speaks;
 * - `exception`: code of ours, not the user's, raised on the board.
 */
export type ReplFailure =
  | "silent"
  | "busy"
  | "protocol"
  | "reset"
  | "exit"
  | "timeout"
  | "unsupported"
  | "exception";

const EXIT_CODES: Readonly<Record<ReplFailure, FailureCode>> = {
  silent: 3,
  busy: 3,
  protocol: 3,
  reset: 3,
  exit: 1,
  timeout: 1,
  unsupported: 1,
  exception: 1,
};

/** The board did not do what a raw REPL does. */
export class ReplError extends IotError {
  override readonly name = "ReplError";
  readonly code: ReplFailure;
  /** The board's address. */
  readonly address: string;
  /** The last bytes that came from the board, at most 256. */
  readonly received: Uint8Array;

  constructor(
    code: ReplFailure,
    address: string,
    message: string,
    options: ErrorOptions & { received?: Uint8Array } = {},
  ) {
    super(message, EXIT_CODES[code], options);
    this.code = code;
    this.address = address;
    this.received = options.received ?? new Uint8Array();
  }
}
