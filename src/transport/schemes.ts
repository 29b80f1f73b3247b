/** The ways to reach a board, as a table: one row for each scheme of an address. */

import { UsageError } from "@/base/errors.ts";
import { logger } from "@/base/log.ts";
import { closest } from "@/base/text.ts";
import { type Address, parseAddress } from "./address.ts";
import { openSerial } from "./serial/serial.ts";
import { openTcp } from "./tcp.ts";
import type { OpenOptions, Transport } from "./transport.ts";

/** One way to reach a board. */
export interface Scheme {
  /** What an address begins with, lower case: `serial`. */
  readonly name: string;
  /** One line for lists of schemes. */
  readonly summary: string;
  /** An address to show in help and errors. */
  readonly example: string;
  /** The names that may stand behind `?`. */
  readonly options?: readonly string[];
  /**
   * What tells the line that an address leads to from other lines of this scheme, whatever the
   * address's spelling and options: a port's real path, say. The whole address where not given.
   */
  line?(address: Address): Promise<string>;
  /** The boards that can be reached this way without looking for them, as addresses. */
  list?(): string[];
  /**
   * Opens an address of this scheme. Its options have been checked to be known ones.
   *
   * @throws {TransportError} when it cannot be opened.
   * @throws {UsageError} when the address lacks something that this scheme needs.
   */
  open(address: Address, options: OpenOptions): Promise<Transport>;
}

/** Schemes by name. */
export type Schemes = ReadonlyMap<string, Scheme>;

const log = logger("transport");

/** The rows. What is not used by every command is loaded when it is first used. */
const ROWS: readonly Scheme[] = [
  {
    name: "serial",
    summary: "a USB or UART port of this computer",
    example: "serial:///dev/ttyACM0",
    options: ["baud", "dtr", "rts"],
    line: ({ path }) => Deno.realPath(path).catch(() => path),
    open: openSerial,
  },
  {
    name: "tcp",
    summary: "a serial port behind a plain TCP connection",
    example: "tcp://192.168.1.20:4000",
    line: hostAndPortOr(),
    open: openTcp,
  },
  {
    name: "telnet",
    summary: "a serial port behind a telnet server that asks for no login",
    example: "telnet://192.168.1.20:2001",
    line: hostAndPortOr(23),
    open: async (address, options) => (await import("./telnet.ts")).openTelnet(address, options),
  },
  {
    name: "rfc2217",
    summary: "a serial port of another computer, with its speed and modem lines (ser2net)",
    example: "rfc2217://192.168.1.20:2001?baud=115200",
    options: ["baud", "dtr", "rts"],
    line: hostAndPortOr(),
    open: async (address, options) => (await import("./rfc2217.ts")).openRfc2217(address, options),
  },
  {
    name: "ws",
    summary: "a board's WebREPL, by Wi-Fi or Ethernet",
    example: "ws://192.168.1.20:8266",
    line: hostAndPortOr(8266),
    open: async (address, options) => (await import("./webrepl.ts")).openWebRepl(address, options),
  },
  {
    name: "wss",
    summary: "a WebREPL behind a proxy that speaks TLS",
    example: "wss://boards.example.org/esp32",
    options: ["ca"],
    line: ({ host, port = 443, path }) => Promise.resolve(`${host}:${port}${path}`),
    open: async (address, options) => (await import("./webrepl.ts")).openWebRepl(address, options),
  },
  {
    name: "mp",
    summary: "a board that serves iot49's own protocol",
    example: "mp://192.168.1.20:54321",
    line: hostAndPortOr(),
    open: async (address, options) => (await import("./mp.ts")).openMp(address, options),
  },
];

/** One line for each host and port. */
function hostAndPortOr(defaultPort?: number): (address: Address) => Promise<string> {
  return ({ host, port = defaultPort }) => Promise.resolve(`${host}:${port}`);
}

/** The schemes that reach real boards. main.ts adds `sim`, the board in this process. */
export const BUILT_IN_SCHEMES: Schemes = new Map(ROWS.map((scheme) => [scheme.name, scheme]));

/**
 * Opens the board at `text`, an address, with the schemes of `schemes`.
 *
 * @throws {UsageError} when `text` is no address, its scheme is not in the table, or it has an
 * option that its scheme does not know.
 * @throws {TransportError} when it cannot be opened.
 * @throws the signal's reason when it aborts.
 */
export async function openTransport(
  text: string,
  schemes: Schemes,
  options: OpenOptions = {},
): Promise<Transport> {
  const { address, scheme } = findScheme(text, schemes);
  options.signal?.throwIfAborted();
  const start = performance.now();
  const ms = () => `${Math.round(performance.now() - start)} ms`;
  try {
    const transport = await scheme.open(address, options);
    log.info(() => `${address.href} opened in ${ms()}`);
    return transport;
  } catch (error) {
    log.info(() => `${address.href} not opened, after ${ms()}: ${error}`);
    throw error;
  }
}

/**
 * A text that is the same for all spellings of one line, and differs for different lines.
 *
 * @throws {UsageError} as {@linkcode openTransport} does.
 */
export async function lineOf(text: string, schemes: Schemes): Promise<string> {
  const { address, scheme } = findScheme(text, schemes);
  const line = await scheme.line?.(address);
  return line === undefined ? address.href : `${address.scheme} ${line}`;
}

function findScheme(text: string, schemes: Schemes): { address: Address; scheme: Scheme } {
  const address = parseAddress(text);
  const scheme = schemes.get(address.scheme);
  if (scheme === undefined) throw unknownScheme(address, schemes);
  for (const option of address.query.keys()) {
    if (!scheme.options?.includes(option)) throw unknownOption(option, scheme);
  }
  return { address, scheme };
}

function unknownScheme(address: Address, schemes: Schemes): UsageError {
  const near = closest(address.scheme, [...schemes.keys()]);
  const hint = near === undefined ? "" : ` Did you mean "${near}://"?`;
  const known = [...schemes.values()].map(({ example }) => example).join(", ");
  return new UsageError(
    `"${address.scheme}://" is not a way to reach a board.${hint} Addresses look like ${known}.`,
  );
}

function unknownOption(option: string, scheme: Scheme): UsageError {
  const names = scheme.options ?? [];
  const known = names.length === 0
    ? `${scheme.name}:// takes none`
    : `${scheme.name}:// takes ${names.map((name) => `"${name}"`).join(", ")}`;
  return new UsageError(`"${option}" is not an option of ${scheme.name}:// addresses: ${known}.`);
}
