/**
 * macOS, x86_64 and arm64. Written from Apple's headers and tested as data; not yet run on a Mac. What
 * differs besides data is in `darwin_library.ts` (how `ioctl` is called) and `select_waiter.ts` (how
 * ports are waited for).
 */

import type { SerialPlatform } from "./platform.ts";
import { FD_SETSIZE } from "./select_waiter.ts";

/**
 * Sources: sys/termios.h, sys/ttycom.h, sys/filio.h, sys/fcntl.h, sys/errno.h of the macOS SDK.
 * `struct termios` has plain numbers for speeds; a driver may refuse those that termios.h does not
 * name, and takes them by IOSSIOSPEED, which must come after the last TIOCSETA.
 */
export const DARWIN: SerialPlatform = {
  library: "/usr/lib/libSystem.B.dylib",
  errnoSymbol: "__error",
  openFlags: 0x2 | 0x20000 | 0x4 | 0x1000000,
  errno: {
    EPERM: 1,
    ENOENT: 2,
    EINTR: 4,
    EIO: 5,
    ENXIO: 6,
    EACCES: 13,
    EBUSY: 16,
    ENODEV: 19,
    ENOTDIR: 20,
    EISDIR: 21,
    EINVAL: 22,
    ENOTTY: 25,
    EAGAIN: 35,
  },
  termios: {
    bytes: 72,
    wordBytes: 8,
    iflag: 0,
    oflag: 8,
    cflag: 16,
    lflag: 24,
    cc: 32,
    ispeed: 56,
    ospeed: 64,
    iflagClear: 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400,
    oflagClear: 0x1,
    lflagClear: 0x8 | 0x10 | 0x100 | 0x80 | 0x400,
    // CSIZE, PARENB, CSTOPB, HUPCL, CCTS_OFLOW, CRTS_IFLOW. Speeds have fields of their own.
    cflagClear: 0x300 | 0x1000 | 0x400 | 0x4000 | 0x10000 | 0x20000,
    cflagSet: 0x300 | 0x800 | 0x8000,
    vmin: 16,
    vtime: 17,
  },
  ioctl: {
    getTermios: 0x40487413, // TIOCGETA
    setTermios: 0x80487414, // TIOCSETA
    exclusive: 0x2000740d, // TIOCEXCL
    nonExclusive: 0x2000740e, // TIOCNXCL
    modemGet: 0x4004746a, // TIOCMGET
    modemSetBits: 0x8004746c, // TIOCMBIS
    modemClearBits: 0x8004746b, // TIOCMBIC
    outputQueued: 0x40047473, // TIOCOUTQ
  },
  flush: { request: 0x80047410, input: 0x1, output: 0x2, byAddress: true }, // TIOCFLUSH, FREAD, FWRITE
  oddSpeed: {
    request: 0x80085402, // IOSSIOSPEED, IOKit/serial/ioss.h
    // deno-fmt-ignore
    usual: new Set([
      50, 75, 110, 134, 150, 200, 300, 600, 1_200, 1_800, 2_400, 4_800, 7_200, 9_600, 14_400,
      19_200, 28_800, 38_400, 57_600, 76_800, 115_200, 230_400,
    ]),
    placeholder: 9_600,
  },
  descriptorLimit: FD_SETSIZE,
};
