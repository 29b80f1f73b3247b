/** What every way to reach a board has in common: bytes in, bytes out, and an end. */

import { IotError } from "@/base/errors.ts";

/**
 * Why a transport failed:
 * - `missing`: there is no such port, host or board;
 * - `denied`: this user may not open it;
 * - `busy`: another program holds it;
 * - `refused`: the other side does not accept the connection;
 * - `timeout`: the other side did not answer in time;
 * - `gone`: it was open and the other side went away (unplugged, closed, reset);
 * - `closed`: this side closed it.
 */
export type TransportFailure =
  | "missing"
  | "denied"
  | "busy"
  | "refused"
  | "timeout"
  | "gone"
  | "closed";

/** A transport could not be opened or broke. Shell exit code 3. */
export class TransportError extends IotError {
  override readonly name = "TransportError";
  readonly code: TransportFailure;
  /** The address as the user wrote it. */
  readonly address: string;

  constructor(code: TransportFailure, address: string, message: string, options?: ErrorOptions) {
    super(message, 3, options);
    this.code = code;
    this.address = address;
  }
}

/**
 * An open connection to a board. It carries bytes and knows nothing of Python.
 *
 * One reader and one writer at a time; a read and a write may be pending together.
 */
export interface Transport extends AsyncDisposable {
  /** The address it was opened with, e.g. `serial:///dev/ttyACM0`. */
  readonly address: string;

  /**
   * The next bytes, one or more. Nothing is read ahead without bound: a caller that does not read
   * slows the board where the link has flow control.
   *
   * @throws {TransportError} `gone` when the other side went away, `closed` after {@linkcode close}.
   * @throws the signal's reason when it aborts; no byte is lost, the next read returns it.
   */
  read(options?: { signal?: AbortSignal }): Promise<Uint8Array>;

  /**
   * Sends all of `data`, in order with earlier writes. Resolves when the system has taken it.
   *
   * @throws {TransportError} `gone`, `closed`, or `timeout` when the other side takes nothing for
   * the transport's write deadline.
   * @throws the signal's reason when it aborts; a part of `data` may have been sent.
   */
  write(data: Uint8Array, options?: { signal?: AbortSignal }): Promise<void>;

  /** Closes it; pending reads and writes fail with `closed`. Closing twice is harmless. */
  close(): Promise<void>;
}

/** What an opener may be told. */
export interface OpenOptions {
  /** Gives up opening when it aborts, with its reason. */
  signal?: AbortSignal;
}
