/** What every way to reach a board has in common: bytes in, bytes out, and an end. */

import { IotError } from "@/base/errors.ts";

/**
 * Why a transport failed:
 * - `missing`: there is no such port, host or board;
 * - `denied`: this user may not open it;
 * - `no-password`: the board asks for a password, and none is configured;
 * - `wrong-password`: the board does not accept the password that is configured;
 * - `untrusted`: the other side's certificate is not to be trusted;
 * - `busy`: another program holds it;
 * - `refused`: the other side does not accept the connection, or a setting that was asked for;
 * - `foreign`: something answers, but does not speak what the address says;
 * - `timeout`: the other side did not answer in time;
 * - `gone`: it was open and the other side went away (unplugged, closed, reset);
 * - `closed`: this side closed it.
 */
export type TransportFailure =
  | "missing"
  | "denied"
  | "no-password"
  | "wrong-password"
  | "untrusted"
  | "busy"
  | "refused"
  | "foreign"
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

/** Whether an error says that the other side went away. */
export function isGone(error: unknown): error is TransportError {
  return error instanceof TransportError && error.code === "gone";
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
   * What the other side speaks when that is not a REPL, as a person at a terminal would type to:
   * `mp`, iot49's own protocol, logged in to and ready for a command.
   */
  readonly protocol?: "mp";

  /**
   * Whether it is the board's interpreter that serves this connection, by Wi-Fi say: then its
   * restart ends the connection, and it can be opened again when boot.py has been there.
   */
  readonly endsOnRestart?: boolean;

  /** The modem lines, where this way to a board can carry any. */
  readonly modem?: ModemLines;

  /** Where what it carries is recorded; absent where nobody records, as is usual. */
  readonly trace?: TransportTrace;

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

/**
 * A record of what a transport carries, without secrets. Those that go by as they are, are found.
 * Who sends or gets something in pieces, packed or deflated, says so.
 */
export interface TransportTrace {
  /**
   * Says that content goes by which cannot be looked into; disposing says that it has gone by.
   * What the `from` side sends in between is blanked if the content holds a secret. What the board
   * sends is unknown until {@linkcode Carriage.holds} tells, and blanked where it does not.
   */
  carry(from: "host" | "board"): Carriage;
}

/** Content on its way. */
export interface Carriage extends Disposable {
  /** Tells what it is, and a file's path: `secrets.py` is never recorded, whatever is in it. */
  holds(content: Uint8Array, path?: string): void;
}

/** The state of a serial port's modem lines: `dtr` and `rts` are ours, the others the board's. */
export interface ModemState {
  readonly dtr: boolean;
  readonly rts: boolean;
  readonly cts: boolean;
  readonly dcd: boolean;
  readonly dsr: boolean;
}

/** The modem lines of a serial port, of this computer or of a server's. */
export interface ModemLines {
  /**
   * What is known of them. A line that nobody has told of is not among them: a remote server need
   * not say what it did to DTR and RTS. Undefined where the port has none, as a pseudo-terminal.
   */
  state(): Promise<Partial<ModemState> | undefined>;
  /**
   * Sets our lines; one that is not named stays as it is. Returns false where the port is known to
   * have none. A remote server is told, and not waited for: many never say that they did it.
   *
   * @throws {TransportError} as a write does.
   */
  set(lines: { readonly dtr?: boolean; readonly rts?: boolean }): Promise<boolean>;
}

/** The names in `secrets.py` of the passwords that boards ask for. */
export type SecretName = "webrepl_pwd" | "mp_pwd";

/** What an opener may be told. */
export interface OpenOptions {
  /** Gives up opening when it aborts, with its reason. */
  signal?: AbortSignal;
  /** Looks up a password, when a board asks for it; undefined when none is configured. */
  secret?: (name: SecretName) => Promise<string | undefined>;
}
