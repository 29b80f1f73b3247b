/** What can go wrong with packages. */

import { IotError } from "@/base/errors.ts";

/**
 * Why a package could not be installed or removed:
 * - `network`: a server could not be reached, did not answer in time, or broke off;
 * - `missing`: a server has no such package, version or file, or none is installed;
 * - `malformed`: what describes a package cannot be read;
 * - `mismatch`: a file is not the one that its hash names;
 * - `drifted`: a version that was locked is not what it was;
 * - `path`: a package wants a file where none may be;
 * - `size`: a package is larger than any that fits a board;
 * - `conflict`: a file is the user's own, was changed, or is another package's;
 * - `needed`: another package needs it;
 * - `lock`: the record of what is installed cannot be used;
 * - `busy`: another program installs into the same folder;
 * - `disk`: the folder cannot be written;
 * - `pip`: pip could not, and said why.
 */
export type PackageFailure =
  | "network"
  | "missing"
  | "malformed"
  | "mismatch"
  | "drifted"
  | "path"
  | "size"
  | "conflict"
  | "needed"
  | "lock"
  | "busy"
  | "disk"
  | "pip";

/** A package could not be installed or removed. What was installed before is as it was. */
export class PackageError extends IotError {
  override readonly name = "PackageError";
  readonly code: PackageFailure;

  constructor(code: PackageFailure, message: string, options?: ErrorOptions) {
    super(message, 1, options);
    this.code = code;
  }
}
