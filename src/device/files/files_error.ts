/** What can go wrong with a board's files. */

import { type FailureCode, IotError } from "@/base/errors.ts";

/**
 * Why a file of a board could not be read or written:
 * - `missing`: there is no such file or folder;
 * - `folder`: there is a folder where a file is wanted, or the board knows no folders;
 * - `file`: there is a file where a folder is wanted;
 * - `full`: the board's file system, or its memory, has no room for it;
 * - `denied`: the file system is read-only, or this file may not be written;
 * - `occupied`: a folder that is to be removed is not empty;
 * - `name`: the board's file system does not take such a name;
 * - `torn`: the board replaces files in place, and this one was broken off midway: it is not whole;
 * - `changed`: the file to send changed while it was read;
 * - `corrupt`: what arrived was not what was sent, several times over;
 * - `failed`: the board gave another reason, an error number.
 */
export type FilesFailure =
  | "missing"
  | "folder"
  | "file"
  | "full"
  | "denied"
  | "occupied"
  | "name"
  | "torn"
  | "changed"
  | "corrupt"
  | "failed";

/** A file of a board could not be read or written. The board is at its prompt. */
export class BoardFilesError extends IotError {
  override readonly name = "BoardFilesError";
  readonly code: FilesFailure;
  /** The board's path. */
  readonly path: string;
  /** The board's error number, where it gave one. */
  readonly errno: number | undefined;

  constructor(
    code: FilesFailure,
    path: string,
    message: string,
    options: ErrorOptions & { errno?: number } = {},
  ) {
    const exitCode: FailureCode = 1;
    super(message, exitCode, options);
    this.code = code;
    this.path = path;
    this.errno = options.errno;
  }
}

/** How error numbers translate; MicroPython, py/mperrno.h. */
const ERRNO: Readonly<Record<number, readonly [FilesFailure, string]>> = {
  1: ["denied", "the board does not permit it"],
  2: ["missing", "there is no such file or folder"],
  13: ["denied", "the board does not permit it"],
  19: ["missing", "no file system is mounted there"],
  20: ["file", "a part of the path is a file, not a folder"],
  21: ["folder", "there is a folder of that name"],
  22: ["name", "the board does not take such a name"],
  28: ["full", "the board's file system is full"],
  30: [
    "denied",
    "the board's file system is read-only to its own code; CircuitPython lets only one side " +
    "write: eject its USB drive, or see storage.remount() in its boot.py",
  ],
  36: ["name", "the name is too long for the board"],
  39: ["occupied", "the folder is not empty"],
};

/** The error for an error number of the board's. `tried` says what: `write`, `remove`. */
export function errnoError(path: string, tried: string, errno: number): BoardFilesError {
  const [code, why] = ERRNO[errno] ?? ["failed", `the board says error ${errno}`];
  return new BoardFilesError(code, path, `Cannot ${tried} "${path}": ${why}.`, { errno });
}
