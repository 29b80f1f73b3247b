/** Linux, x86_64 and aarch64: both have the same numbers and layouts. */

import type { SerialPlatform } from "./platform.ts";

/**
 * Sources: asm-generic/termbits.h (`struct termios2`), asm-generic/ioctls.h, asm-generic/errno*.h,
 * asm-generic/fcntl.h of the kernel's user headers.
 */
export const LINUX: SerialPlatform = {
  library: "libc.so.6",
  errnoSymbol: "__errno_location",
  openFlags: 0o2 | 0o400 | 0o4000 | 0o2000000,
  errno: {
    ENOENT: 2,
    EINTR: 4,
    EIO: 5,
    ENXIO: 6,
    EAGAIN: 11,
    EACCES: 13,
    EBUSY: 16,
    ENODEV: 19,
    ENOTDIR: 20,
    EISDIR: 21,
    EINVAL: 22,
    ENOTTY: 25,
    EPERM: 1,
  },
  termios: {
    bytes: 44,
    wordBytes: 4,
    iflag: 0,
    oflag: 4,
    cflag: 8,
    lflag: 12,
    cc: 17,
    ispeed: 36,
    ospeed: 40,
    iflagClear: 0o1 | 0o2 | 0o10 | 0o40 | 0o100 | 0o200 | 0o400 | 0o2000 | 0o10000,
    oflagClear: 0o1,
    lflagClear: 0o10 | 0o100 | 0o2 | 0o1 | 0o100000,
    // CSIZE, PARENB, CSTOPB, HUPCL, CRTSCTS, CBAUD and CIBAUD.
    cflagClear: 0o60 | 0o400 | 0o100 | 0o2000 | 0o20000000000 | 0o10017 | 0o2003600000,
    // CS8, CREAD, CLOCAL, BOTHER. CIBAUD 0 lets the input speed follow the output's.
    cflagSet: 0o60 | 0o200 | 0o4000 | 0o10000,
    vmin: 6,
    vtime: 5,
  },
  ioctl: {
    getTermios: 0x802c542a, // TCGETS2
    setTermios: 0x402c542b, // TCSETS2
    exclusive: 0x540c, // TIOCEXCL
    nonExclusive: 0x540d, // TIOCNXCL
    modemGet: 0x5415, // TIOCMGET
    modemSetBits: 0x5416, // TIOCMBIS
    modemClearBits: 0x5417, // TIOCMBIC
    outputQueued: 0x5411, // TIOCOUTQ
  },
  flush: { request: 0x540b, input: 0, output: 1, byAddress: false }, // TCFLSH, TCIFLUSH, TCOFLUSH
  descriptorLimit: Infinity,
};
