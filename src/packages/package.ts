/** What a package is: fetched, with its files in hand, or installed, with their hashes on record. */

/** Who installs packages. */
export type Installer = "pip" | "mip";

/** A file of a package, as the lock file knows it. */
export interface FileRecord {
  /** Below the folder of the libraries, with `/` between. */
  readonly path: string;
  readonly size: number;
  /** Of its content, in hexadecimal digits. */
  readonly sha256: string;
}

/** A file of a package, in hand. */
export interface PackageFile extends FileRecord {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What tells packages apart, and where they come from. */
export interface PackageFacts {
  readonly installer: Installer;
  /** As it is asked for: `aioble`, `github:org/repo`, `adafruit-io`. */
  readonly name: string;
  /** As it calls itself; empty where it does not say. */
  readonly version: string;
  /** What to ask for to get it again: a version, or a repository's branch, tag or commit. */
  readonly pin: string;
  /** Where it was fetched from: an address without passwords, or a path. */
  readonly source: string;
  /** The index that was asked, where one was named. */
  readonly index?: string;
  /** Of an index: source, or the version of its `.mpy` files. */
  readonly form?: MipForm;
  /** Other packages, of the same installer, that came with it. */
  readonly needs: readonly string[];
}

/** What mip takes from an index: Python, or `.mpy` files of a version. */
export type MipForm = "py" | number;

/** A package on its way. */
export interface FetchedPackage extends PackageFacts {
  readonly files: readonly PackageFile[];
}

/** A package that is installed. */
export interface LockedPackage extends PackageFacts {
  readonly files: readonly FileRecord[];
}

/** No package for a board comes near this, in bytes. Together, and each file of it. */
export const MAX_PACKAGE_BYTES = 16 * 1024 * 1024;

/** No package for a board has so many files. */
export const MAX_PACKAGE_FILES = 2_000;

/** `bytes` as a file of a package. */
export async function packageFile(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<PackageFile> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return { path, size: bytes.length, sha256: new Uint8Array(digest).toHex(), bytes };
}

/** `aioble 0.6.1`. */
export function describePackage({ name, version }: Pick<PackageFacts, "name" | "version">): string {
  return version === "" ? name : `${name} ${version}`;
}
