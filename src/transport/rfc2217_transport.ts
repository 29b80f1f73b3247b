/**
 * RFC 2217: a serial port of another computer, over telnet.
 *
 * Source of all numbers: RFC 2217, "Telnet Com Port Control Option", sections 2 and 3.
 */

import { TelnetTransport } from "./telnet_transport.ts";
import { type ModemLines, type ModemState, type Transport, TransportError } from "./transport.ts";

/** The telnet option. */
export const COM_PORT = 44;

/** Commands from us; the server's answers have 100 more. */
const SET_BAUD = 1;
const SET_DATA_SIZE = 2;
const SET_PARITY = 3;
const SET_STOP_SIZE = 4;
const SET_CONTROL = 5;
const SET_MODEM_STATE_MASK = 11;
const PURGE_DATA = 12;
const ANSWER = 100;

/** From the server alone. */
const NOTIFY_MODEM_STATE = 107;
const SUSPEND = 108;
const RESUME = 109;

const NO_PARITY = 1;
const ONE_STOP_BIT = 1;
const RECEIVE_BUFFER = 1;

/** Values of SET_CONTROL. */
const DTR_ON = 8;
const DTR_OFF = 9;
const RTS_ON = 11;
const RTS_OFF = 12;

/** Bits of NOTIFY_MODEM_STATE. The lower four tell what has changed. */
const CTS = 16;
const DSR = 32;
const DCD = 128;
const ALL_MODEM_BITS = 255;

/** How long a server may take to answer what it is asked. */
const ANSWER_MS = 2_000;

/** A serial port of a server's. */
export class Rfc2217Transport extends TelnetTransport {
  readonly modem: ModemLines = {
    state: () => this.#modemState(),
    set: (lines) => this.#setModemLines(lines),
  };

  readonly #writeTimeoutMs: number;
  /** The speed that the server says the port has. */
  #baud: number | undefined;
  #known: Partial<ModemState> = {};
  #suspended = false;
  /** Whether the server has answered the last of what sets the port up. */
  #purged = false;

  constructor(line: Transport, { writeTimeoutMs }: { writeTimeoutMs: number }) {
    super(line, { extra: [COM_PORT] });
    this.#writeTimeoutMs = writeTimeoutMs;
  }

  /** Whether the other side speaks RFC 2217. */
  get isComPort(): boolean {
    return this.agreed(COM_PORT);
  }

  /**
   * Sets the port to eight data bits, no parity, one stop bit, and its speed if one is given; asks
   * to be told of the modem lines; and drops what the board said before.
   *
   * @throws {TransportError} `refused` when the port has another speed then.
   */
  async configure(
    { baud, signal }: { baud: number | undefined; signal: AbortSignal | undefined },
  ): Promise<void> {
    await this.#command(
      ...baud === undefined ? [] : [[SET_BAUD, ...bigEndian(baud)]],
      [SET_DATA_SIZE, 8],
      [SET_PARITY, NO_PARITY],
      [SET_STOP_SIZE, ONE_STOP_BIT],
      [SET_MODEM_STATE_MASK, ALL_MODEM_BITS],
      [PURGE_DATA, RECEIVE_BUFFER],
    );
    // One that does not answer may have done it all the same; the board will show.
    await this.hearWhile(() => !this.#purged, { withinMs: ANSWER_MS, signal });
    if (baud === undefined || this.#baud === undefined || this.#baud === baud) return;
    throw new TransportError(
      "refused",
      this.address,
      `The port behind ${this.address} cannot do ${baud} baud: its server keeps it at ` +
        `${this.#baud}. Take another ?baud=…, or none to leave the speed as it is.`,
    );
  }

  protected override subnegotiated(option: number, [command, ...values]: readonly number[]): void {
    if (option === COM_PORT) this.#answers[command]?.(values);
  }

  /** A server whose port takes nothing more says so, besides not reading. */
  protected override async readyToSend(): Promise<void> {
    const withinMs = this.#writeTimeoutMs;
    if (await this.hearWhile(() => this.#suspended, { withinMs })) return;
    throw new TransportError(
      "timeout",
      this.address,
      `${this.address} has told us to wait for ${withinMs / 1000} s, and takes nothing. ` +
        "The board may hang: reset it.",
    );
  }

  /** What to do upon each command from the server. */
  readonly #answers: Readonly<Record<number, (values: readonly number[]) => void>> = {
    [SET_BAUD + ANSWER]: (values) => {
      if (values.length === 4) this.#baud = values.reduce((sum, byte) => sum * 256 + byte, 0);
    },
    [PURGE_DATA + ANSWER]: () => this.#purged = true,
    [SET_CONTROL + ANSWER]: ([value]) => {
      if (value === DTR_ON || value === DTR_OFF) this.#know({ dtr: value === DTR_ON });
      if (value === RTS_ON || value === RTS_OFF) this.#know({ rts: value === RTS_ON });
    },
    [NOTIFY_MODEM_STATE]: ([bits]) => {
      const has = (bit: number) => (bits & bit) !== 0;
      this.#know({ cts: has(CTS), dsr: has(DSR), dcd: has(DCD) });
    },
    [SUSPEND]: () => this.#suspended = true,
    [RESUME]: () => this.#suspended = false,
  };

  #know(lines: Partial<ModemState>): void {
    this.#known = { ...this.#known, ...lines };
  }

  /** Servers tell of the board's lines when they change, and once at the beginning. */
  async #modemState(): Promise<Partial<ModemState> | undefined> {
    const known = await this.hearWhile(() => this.#known.cts === undefined, {
      withinMs: ANSWER_MS,
    });
    return known || Object.keys(this.#known).length > 0 ? this.#known : undefined;
  }

  async #setModemLines({ dtr, rts }: { dtr?: boolean; rts?: boolean }): Promise<boolean> {
    // Both in one packet: an ESP board resets when they differ for long.
    await this.#command(
      ...dtr === undefined ? [] : [[SET_CONTROL, dtr ? DTR_ON : DTR_OFF]],
      ...rts === undefined ? [] : [[SET_CONTROL, rts ? RTS_ON : RTS_OFF]],
    );
    return true;
  }

  async #command(...commands: readonly (readonly number[])[]): Promise<void> {
    const bytes = commands.flatMap((command) => [...this.subnegotiation(COM_PORT, command)]);
    if (bytes.length > 0) await this.transmit(Uint8Array.from(bytes));
  }
}

function bigEndian(value: number): number[] {
  return [value >>> 24, value >>> 16, value >>> 8, value].map((part) => part & 0xff);
}
