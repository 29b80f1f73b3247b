/** Error numbers as MicroPython's core knows them, and the error that carries one. */

/** MicroPython 1.27, py/mperrno.h (the build uses its own numbers, not those of the C library). */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EBADF: 9,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
} as const;

/**
 * "Interrupted system call" as the C library inside the interpreter numbers it (WASI): the one
 * number that its file code compares with before Python sees it, and then handles what is pending.
 */
export const WASI_EINTR = 27;

/** A system call of the interpreter that fails with `errno`. */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}
