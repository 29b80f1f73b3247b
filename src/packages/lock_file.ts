/**
 * The lock file: which packages are in a folder of libraries, where they are from, and the hash of
 * each file. Its name begins with a dot, so that `rsync` leaves it at home.
 */

import type { FileRecord, LockedPackage, PackageFacts } from "./package.ts";
import { PackageError } from "./package_error.ts";
import { checkPackagePath, OWN_PREFIX } from "./package_path.ts";

/** Its name, in the folder that it is about. */
export const LOCK_NAME = `${OWN_PREFIX}lock.json`;

/** The version of its format. */
const FORMAT = 1;

/** What is installed in one place. */
export interface Lock {
  readonly packages: readonly LockedPackage[];
}

/** Nothing is installed. */
export const EMPTY_LOCK: Lock = { packages: [] };

/** The text of a lock file: sorted, a line for each fact, so that differences can be read. */
export function formatLock({ packages }: Lock): string {
  const sorted = packages.map((one) => ({
    installer: one.installer,
    name: one.name,
    version: one.version,
    pin: one.pin,
    source: one.source,
    ...(one.index !== undefined && { index: one.index }),
    ...(one.form !== undefined && { form: one.form }),
    ...(one.needs.length > 0 && { needs: one.needs.toSorted() }),
    files: one.files.map(({ path, size, sha256 }) => ({ path, size, sha256 }))
      .sort((a, b) => a.path < b.path ? -1 : 1),
  })).sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
  return `${JSON.stringify({ format: FORMAT, packages: sorted }, null, 2)}\n`;
}

/** What tells packages of a lock file apart. */
export function keyOf({ installer, name }: Pick<PackageFacts, "installer" | "name">): string {
  return `${installer} ${name}`;
}

/**
 * Reads a lock file. Files are removed by what it says: its paths are checked as a package's are.
 *
 * @param where the file, for messages
 * @throws {PackageError} `lock` when it cannot be used.
 */
export function readLock(text: string, where: string): Lock {
  const bad = (what: string, cause?: unknown) =>
    new PackageError(
      "lock",
      `Cannot use ${where}: ${what}. Bring it back from a backup, or remove it: the files stay, ` +
        "and nothing is known about them any more.",
      { cause },
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw bad("it is not JSON", cause);
  }
  const { format, packages } = (json ?? {}) as Record<string, unknown>;
  if (typeof format === "number" && format > FORMAT) throw bad("a newer iot wrote it");
  if (format !== FORMAT || !Array.isArray(packages)) throw bad("it is none of iot's");
  const isText = (value: unknown) => typeof value === "string";
  const isFile = (file: FileRecord) =>
    isText(file?.path) && Number.isSafeInteger(file.size) && /^[0-9a-f]{64}$/.test(file.sha256);
  for (const one of packages as LockedPackage[]) {
    const { installer, name, version, pin, source, form = "py", index = "", needs = [], files } =
      one ??
        {};
    const isWhole = (installer === "pip" || installer === "mip") &&
      [name, version, pin, source, index].every(isText) &&
      (form === "py" || Number.isInteger(form)) &&
      Array.isArray(needs) && needs.every(isText) && Array.isArray(files) && files.every(isFile);
    if (!isWhole) throw bad(`its entry for ${JSON.stringify(name ?? "a package")} is not whole`);
    try {
      for (const { path } of files) checkPackagePath(path, { name });
    } catch (cause) {
      throw bad(`it names a file outside the folder for ${name}`, cause);
    }
  }
  const all = packages as LockedPackage[];
  return { packages: all.map((one) => ({ ...one, needs: one.needs ?? [] })) };
}
