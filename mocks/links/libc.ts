/** The functions of Linux's C library that make a pseudo-terminal, by FFI. */

/** fcntl.h, the same on x86_64 and aarch64. */
export const O_RDWR = 2;
export const O_NOCTTY = 0o400;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
/** poll.h */
export const POLLIN = 1;
export const POLLOUT = 4;
/** sys/inotify.h */
export const IN_CLOSE_WRITE = 0x08;
export const IN_CLOSE_NOWRITE = 0x10;
export const IN_OPEN = 0x20;
/** errno.h */
export const EAGAIN = 11;
/** termios.h: tcflush's queue of bytes that were not read yet. */
export const TCIFLUSH = 0;
/** termios.h: tcsetattr now. */
export const TCSANOW = 0;
/** sizeof(struct termios) in glibc and musl. */
export const TERMIOS_BYTES = 60;

const SYMBOLS = {
  posix_openpt: { parameters: ["i32"], result: "i32" },
  grantpt: { parameters: ["i32"], result: "i32" },
  unlockpt: { parameters: ["i32"], result: "i32" },
  ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  tcgetattr: { parameters: ["i32", "buffer"], result: "i32" },
  cfmakeraw: { parameters: ["buffer"], result: "void" },
  tcsetattr: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  tcflush: { parameters: ["i32", "i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  inotify_init1: { parameters: ["i32"], result: "i32" },
  inotify_add_watch: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

let library: Library | undefined;
let users = 0;

/**
 * Opens the library for one more user, who calls {@linkcode releaseLibc} at the end.
 *
 * @throws {RangeError} on a system that is not Linux.
 */
export function acquireLibc(): void {
  if (Deno.build.os !== "linux") {
    throw new RangeError(
      "Pseudo-terminals of simulated boards need Linux. Use --tcp or sim:// here.",
    );
  }
  library ??= Deno.dlopen("libc.so.6", SYMBOLS);
  users++;
}

/** Closes the library after its last user. */
export function releaseLibc(): void {
  if (--users > 0) return;
  library?.close();
  library = undefined;
}

/** The library's functions, for a user. */
export function libc(): Library["symbols"] {
  if (library === undefined) throw new Error("The C library is used without being acquired.");
  return library.symbols;
}

/** `errno` of the call just made on this thread. */
export function errno(): number {
  return new Deno.UnsafePointerView(libc().__errno_location()!).getInt32();
}

/** A path as C wants it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** The result of a call, unless it is a failure. @throws {Error} with the errno. */
export function check(result: number, what: string): number {
  if (result < 0) throw new Error(`Cannot ${what}: errno ${errno()}.`);
  return result;
}
