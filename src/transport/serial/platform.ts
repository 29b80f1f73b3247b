/**
 * What differs between operating systems when a serial port is opened, as data.
 *
 * The code beside this file reads these tables; a further Unix is a further table. Numbers come
 * from each system's C headers; the comments in the tables name the symbol.
 */

/** Where the fields of `struct termios` are, in bytes, as the ioctls below take it. */
export interface TermiosLayout {
  readonly bytes: number;
  /** Size of one flag word and one speed word. */
  readonly wordBytes: 4 | 8;
  readonly iflag: number;
  readonly oflag: number;
  readonly cflag: number;
  readonly lflag: number;
  /** Start of the control characters, one byte each. */
  readonly cc: number;
  readonly ispeed: number;
  readonly ospeed: number;
}

/** The bits and control characters that raw mode changes; see termios(3), `cfmakeraw`. */
export interface TermiosBits {
  /** IGNBRK, BRKINT, PARMRK, ISTRIP, INLCR, IGNCR, ICRNL, IXON, IXOFF. */
  readonly iflagClear: number;
  /** OPOST. */
  readonly oflagClear: number;
  /** ECHO, ECHONL, ICANON, ISIG, IEXTEN. */
  readonly lflagClear: number;
  /** CSIZE, PARENB, CSTOPB, HUPCL, hardware flow control, and where it exists CBAUD. */
  readonly cflagClear: number;
  /** CS8, CREAD, CLOCAL, and where it exists BOTHER: the speed is the plain number. */
  readonly cflagSet: number;
  /** Index of VMIN in the control characters. */
  readonly vmin: number;
  /** Index of VTIME. */
  readonly vtime: number;
}

/** One operating system. */
export interface SerialPlatform {
  /** The C library, as the dynamic loader finds it. */
  readonly library: string;
  /** The function that returns the address of `errno`. */
  readonly errnoSymbol: string;
  /** O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC. */
  readonly openFlags: number;
  readonly errno: Readonly<Record<ErrnoName, number>>;
  readonly termios: TermiosLayout & TermiosBits;
  readonly ioctl: Readonly<Record<IoctlName, number>>;
  /** How to drop what waits in a port, tcflush(3): by a number, or by the address of one. */
  readonly flush: {
    readonly request: number;
    readonly input: number;
    readonly output: number;
    readonly byAddress: boolean;
  };
  /** How a speed is set that `struct termios` does not take; undefined where it takes all. */
  readonly oddSpeed?: {
    /** Takes the address of the speed, of {@linkcode TermiosLayout.wordBytes}. */
    readonly request: number;
    /** The speeds that need no more than `struct termios`. */
    readonly usual: ReadonlySet<number>;
    /** What stands in `struct termios` meanwhile. */
    readonly placeholder: number;
  };
  /** A descriptor of this number or beyond cannot be waited for. */
  readonly descriptorLimit: number;
}

/** The error numbers that the code tells apart. */
export type ErrnoName =
  | "EINTR"
  | "EIO"
  | "ENXIO"
  | "EAGAIN"
  | "EACCES"
  | "EPERM"
  | "EBUSY"
  | "ENODEV"
  | "ENOENT"
  | "ENOTDIR"
  | "EISDIR"
  | "EINVAL"
  | "ENOTTY";

/** The requests of ioctl(2) that the code makes. */
export type IoctlName =
  | "getTermios"
  | "setTermios"
  | "exclusive"
  | "nonExclusive"
  | "modemGet"
  | "modemSetBits"
  | "modemClearBits"
  | "outputQueued";

/** Bits of the modem lines, the same on Linux and macOS: TIOCM_DTR … TIOCM_DSR. */
export const MODEM = { dtr: 0x002, rts: 0x004, cts: 0x020, dcd: 0x040, dsr: 0x100 } as const;

/**
 * Changes a `struct termios` in place to raw bytes, eight data bits, one stop bit, no parity, no
 * flow control, and `baud` both ways. A read then returns as soon as one byte is there.
 */
export function makeRaw(termios: Uint8Array, options: RawOptions): void {
  const { table, baud } = options;
  const view = new DataView(termios.buffer, termios.byteOffset, termios.byteLength);
  const change = (offset: number, clear: number, set: number) => {
    if (table.wordBytes === 4) {
      view.setUint32(offset, (view.getUint32(offset, true) & ~clear | set) >>> 0, true);
    } else {
      const flags = view.getBigUint64(offset, true);
      view.setBigUint64(offset, flags & ~BigInt(clear >>> 0) | BigInt(set >>> 0), true);
    }
  };
  change(table.iflag, table.iflagClear, 0);
  change(table.oflag, table.oflagClear, 0);
  change(table.lflag, table.lflagClear, 0);
  change(table.cflag, table.cflagClear, table.cflagSet);
  // With VMIN 0 an empty read would return 0 and look like the end of the port.
  view.setUint8(table.cc + table.vmin, 1);
  view.setUint8(table.cc + table.vtime, 0);
  for (const offset of [table.ispeed, table.ospeed]) {
    termios.set(speedWord(baud, table), offset);
  }
}

/** A speed as this system has it in memory. */
export function speedWord(baud: number, { wordBytes }: TermiosLayout): Uint8Array<ArrayBuffer> {
  const word = new Uint8Array(wordBytes);
  const view = new DataView(word.buffer);
  if (wordBytes === 4) view.setUint32(0, baud, true);
  else view.setBigUint64(0, BigInt(baud), true);
  return word;
}

/** What {@linkcode makeRaw} needs to know. */
export interface RawOptions {
  readonly table: TermiosLayout & TermiosBits;
  /** Bits per second. */
  readonly baud: number;
}
