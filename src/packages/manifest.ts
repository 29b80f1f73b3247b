/**
 * `package.json` of MicroPython packages. MicroPython docs, reference/packages, "Writing and
 * publishing packages"; micropython-lib's tools/build.py for those of an index.
 */

import { checkPackagePath } from "./package_path.ts";
import { MAX_PACKAGE_FILES } from "./package.ts";
import { PackageError } from "./package_error.ts";

/** What a package says of itself. */
export interface Manifest {
  readonly version: string;
  /** Files by the beginning of their SHA-256, which the index keeps them under. */
  readonly hashes: readonly { readonly path: string; readonly hash: string }[];
  /** Files by address, which may be relative to the manifest's. */
  readonly urls: readonly { readonly path: string; readonly url: string }[];
  readonly deps: readonly { readonly name: string; readonly version: string }[];
}

/** The versions of the format that are known. */
const FORMAT = 1;

/**
 * Reads a manifest.
 *
 * @param options `name`: the package's, for messages; `source`: where it is from
 * @throws {PackageError} `malformed`, `path` or `size`.
 */
export function readManifest(
  bytes: Uint8Array,
  { name, source }: { readonly name: string; readonly source: string },
): Manifest {
  const bad = (what: string) =>
    new PackageError(
      "malformed",
      `Cannot install ${name}: ${source} is no package.json of MicroPython: ${what}.`,
    );
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw bad("it is not JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw bad("it is not an object");
  }
  const { v = FORMAT, version = "", hashes = [], urls = [], deps = [] } = json as Record<
    string,
    unknown
  >;
  if (v !== FORMAT) throw bad(`its format is ${JSON.stringify(v)}, and ${FORMAT} is known`);
  if (typeof version !== "string") throw bad("its version is not a text");
  const pairs = (value: unknown, what: string): [string, string][] => {
    const isPair = (row: unknown) =>
      Array.isArray(row) && row.length >= 1 && row.length <= 2 &&
      row.every((cell) => typeof cell === "string");
    if (!Array.isArray(value) || !value.every(isPair)) throw bad(`${what} are not pairs of texts`);
    if (value.length > MAX_PACKAGE_FILES) {
      throw new PackageError("size", `Refused to install ${name}: it has ${value.length} ${what}.`);
    }
    return value.map(([first, second = ""]) => [first, second]);
  };
  return {
    version,
    hashes: pairs(hashes, "hashes").map(([path, hash]) => {
      // Fewer digits tell nothing; the index has 8 of them.
      if (!/^[0-9a-f]{4,64}$/.test(hash)) throw bad(`"${hash}" is no hash`);
      return { path: checkPackagePath(path, { name }), hash };
    }),
    urls: pairs(urls, "urls").map(([path, url]) => {
      if (url === "") throw bad(`"${path}" has no address`);
      return { path: checkPackagePath(path, { name }), url };
    }),
    deps: pairs(deps, "deps").map(([name, version]) => ({ name, version })),
  };
}
