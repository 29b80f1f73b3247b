/** Serial ports: `serial:///dev/ttyACM0?baud=115200`. */

import { UsageError } from "@/base/errors.ts";
import { encode } from "@/base/bytes.ts";
import type { Address } from "@/transport/address.ts";
import { readBaud } from "@/transport/baud.ts";
import {
  type ModemLines,
  type ModemState,
  type OpenOptions,
  TransportError,
} from "@/transport/transport.ts";
import { FdTransport } from "./fd_transport.ts";
import { findHolder } from "./holder.ts";
import { SerialSystem } from "./libc.ts";
import { readLines } from "./lines.ts";
import { owningGroup } from "./owner.ts";
import { makeRaw, MODEM, speedWord } from "./platform.ts";

/** What MicroPython's UARTs speak unless told otherwise. USB ports ignore it. */
const DEFAULT_BAUD = 115_200;
/** How long a board may take no byte at all. A board that computes still drains its USB port. */
const WRITE_TIMEOUT_MS = 5_000;
/** LOCK_EX | LOCK_NB, flock(2). */
const LOCK_EXCLUSIVELY = 2 | 4;

/** What opening a serial port may be told. */
export interface SerialOptions extends OpenOptions {
  /** How long a write waits for the board to take anything. */
  writeTimeoutMs?: number;
}

/** An open serial port, held exclusively. */
export class SerialTransport extends FdTransport {
  readonly modem: ModemLines = {
    state: () => Promise.resolve(this.#modemState()),
    set: (lines) => Promise.resolve(this.#setModemLines(lines)),
  };

  /** A terminal stays exclusive until its last user closes it, and others may hold it open. */
  protected override beforeClose(fd: number): void {
    const { c, platform } = this.system;
    c.ioctlNumber(fd, BigInt(platform.ioctl.nonExclusive), 0n);
  }

  #modemState(): ModemState | undefined {
    const { c, platform } = this.system;
    const bits = new Int32Array(1);
    const bytes = new Uint8Array(bits.buffer);
    if (c.ioctl(this.fd, BigInt(platform.ioctl.modemGet), bytes) !== 0) return undefined;
    const has = (bit: number) => (bits[0] & bit) !== 0;
    return {
      dtr: has(MODEM.dtr),
      rts: has(MODEM.rts),
      cts: has(MODEM.cts),
      dcd: has(MODEM.dcd),
      dsr: has(MODEM.dsr),
    };
  }

  #setModemLines(lines: { dtr?: boolean; rts?: boolean }): boolean {
    const { c, platform: { ioctl } } = this.system;
    const change = (request: number, bits: number) =>
      bits === 0 || c.ioctl(this.fd, BigInt(request), intBytes(bits)) === 0;
    const bitsWhere = (wanted: boolean) =>
      (lines.dtr === wanted ? MODEM.dtr : 0) | (lines.rts === wanted ? MODEM.rts : 0);
    // Both lines in one call each way: an ESP board resets when they differ for long.
    return change(ioctl.modemSetBits, bitsWhere(true)) &&
      change(ioctl.modemClearBits, bitsWhere(false));
  }
}

function intBytes(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Int32Array.of(value).buffer);
}

/**
 * Opens a serial port: raw bytes, 8N1, no flow control, exclusive. It resets no board (`lines.ts`).
 *
 * @throws {TransportError} `missing`, `denied`, `busy` or `gone`.
 * @throws {UsageError} when the address names no path, no serial port, or a speed or line that the
 * port does not have.
 */
export async function openSerial(
  address: Address,
  options: SerialOptions = {},
): Promise<SerialTransport> {
  options.signal?.throwIfAborted();
  const path = pathOf(address);
  const baud = readBaud(address) ?? DEFAULT_BAUD;
  const lines = readLines(address);
  const system = SerialSystem.acquire();
  const { c, platform } = system;
  const fd = c.open(encode(path + "\0"), platform.openFlags, 0);
  if (fd < 0) {
    const error = openError(path, { errno: system.errno(), address });
    await system.release();
    throw error;
  }
  try {
    if (fd >= platform.descriptorLimit) throw tooManyFiles(path, address);
    makeExclusive(fd, { path, address, system });
    makePortRaw(fd, { path, baud, address, system });
  } catch (error) {
    c.close(fd);
    await system.release();
    throw error;
  }
  // What a board said to the program before us, which terminals keep, is not for us.
  system.flush(fd, "input");
  const transport = new SerialTransport(fd, system, {
    address: address.href,
    writeTimeoutMs: options.writeTimeoutMs ?? WRITE_TIMEOUT_MS,
  });
  if (Object.keys(lines).length > 0 && !await transport.modem.set(lines)) {
    await transport.close();
    throw new UsageError(`"${path}" has no lines DTR and RTS to set.`);
  }
  return transport;
}

function pathOf(address: Address): string {
  if (address.host !== "") {
    throw new UsageError(
      `"${address.href}" names no port: three slashes are needed, as in ` +
        `serial:///${address.host}${address.path}.`,
    );
  }
  if (address.path === "" || address.path === "/" || address.path.includes("\0")) {
    throw new UsageError(
      `"${address.href}" names no port. Name one as in serial:///dev/ttyACM0; ` +
        "`iot discover -a` lists the ports there are.",
    );
  }
  return address.path;
}

interface Opening {
  readonly path: string;
  readonly address: Address;
  readonly system: SerialSystem;
}

/** Advisory for programs that ask (flock), and enforced by the kernel for users but root. */
function makeExclusive(fd: number, { path, address, system }: Opening): void {
  const { c, platform } = system;
  const termios = new Uint8Array(platform.termios.bytes);
  if (c.ioctl(fd, BigInt(platform.ioctl.getTermios), termios) !== 0) {
    throw notASerialPort(path);
  }
  if (c.flock(fd, LOCK_EXCLUSIVELY) !== 0) {
    const errno = system.errno();
    if (errno === "EAGAIN") throw busyError(path, address);
    throw openError(path, { errno, address });
  }
  c.ioctlNumber(fd, BigInt(platform.ioctl.exclusive), 0n);
}

function makePortRaw(fd: number, { path, baud, address, system }: Opening & { baud: number }) {
  const { c, platform } = system;
  const termios = new Uint8Array(platform.termios.bytes);
  const get = () => c.ioctl(fd, BigInt(platform.ioctl.getTermios), termios);
  const set = () => c.ioctl(fd, BigInt(platform.ioctl.setTermios), termios);
  if (get() !== 0) throw openError(path, { errno: system.errno(), address });
  const { termios: table, oddSpeed } = platform;
  const isOdd = oddSpeed !== undefined && !oddSpeed.usual.has(baud);
  makeRaw(termios, { table, baud: isOdd ? oddSpeed.placeholder : baud });
  const setSpeed = () => c.ioctl(fd, BigInt(oddSpeed!.request), speedWord(baud, table));
  if (set() !== 0 || isOdd && setSpeed() !== 0) {
    const errno = system.errno();
    if (errno === "EINVAL") throw new UsageError(`"${path}" cannot do ${baud} baud.`);
    throw openError(path, { errno, address });
  }
}

function openError(path: string, { errno, address }: { errno: string; address: Address }): Error {
  const make = OPEN_ERRORS[errno];
  if (make !== undefined) return make(path, address);
  return new TransportError("gone", address.href, `Cannot open "${path}": ${errno}.`);
}

const OPEN_ERRORS: Readonly<Record<string, (path: string, address: Address) => Error>> = {
  ENOENT: missingError,
  ENOTDIR: missingError,
  ENXIO: missingError,
  ENODEV: missingError,
  EACCES: deniedError,
  EPERM: deniedError,
  EBUSY: busyError,
  EISDIR: notASerialPort,
  ENOTTY: notASerialPort,
  EIO: (path, address) =>
    new TransportError("gone", address.href, `Cannot open "${path}": the device went away.`),
};

function tooManyFiles(path: string, address: Address): Error {
  return new TransportError(
    "busy",
    address.href,
    `Cannot open "${path}": this program has too many files open.`,
  );
}

function missingError(path: string, address: Address): Error {
  return new TransportError(
    "missing",
    address.href,
    `There is no port "${path}". Is the board plugged in? \`iot discover -a\` lists the ports.`,
  );
}

function deniedError(path: string, address: Address): Error {
  const group = owningGroup(path);
  const remedy = group === undefined
    ? "Ask for read and write access to it."
    : `It belongs to the group "${group}": run \`sudo usermod -aG ${group} $USER\`, ` +
      "then log out and in again.";
  return new TransportError(
    "denied",
    address.href,
    `Cannot open "${path}": permission denied. ${remedy}`,
  );
}

function busyError(path: string, address: Address): Error {
  const holder = findHolder(path);
  const who = holder === undefined ? "Another program" : `${holder.name} (process ${holder.pid})`;
  return new TransportError(
    "busy",
    address.href,
    `Cannot open "${path}": ${who} is using it. Close that program, then try again.`,
  );
}

function notASerialPort(path: string): Error {
  return new UsageError(
    `"${path}" is not a serial port. Serial ports are named like /dev/ttyACM0 or /dev/ttyUSB0; ` +
      "`iot discover -a` lists them.",
  );
}
