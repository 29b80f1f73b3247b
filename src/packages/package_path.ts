/** Where a package may put files: below the folder that it is installed into, and nowhere else. */

import { PackageError } from "./package_error.ts";

/** The beginning of our own files' names in a folder of libraries; `rsync` skips dotfiles. */
export const OWN_PREFIX = ".iot-";

/** More letters than file systems of boards take. littlefs, lfs.h: LFS_NAME_MAX is 255. */
const MAX_PATH = 255;

/**
 * The path of a package's file, checked, without `./` before it.
 *
 * @throws {PackageError} `path` when it leads out of the folder, or is no path of a file.
 */
export function checkPackagePath(text: string, { name }: { readonly name: string }): string {
  const path = text.replace(/^(?:\.\/+)+/, "");
  const reason = whyNot(path);
  if (reason === undefined) return path;
  throw new PackageError(
    "path",
    `Refused to install ${name}: it wants a file at ${JSON.stringify(text)}, and ${reason}. ` +
      "Nothing was installed.",
  );
}

function whyNot(path: string): string | undefined {
  if (path === "" || path.endsWith("/")) return "that names no file";
  if (path.length > MAX_PATH) return "no board takes a name of such a length";
  // deno-lint-ignore no-control-regex -- these are what is refused
  if (/[\x00-\x1f\x7f\\:]/.test(path)) return "such letters are in no path of a package";
  if (path.startsWith("/") || path.startsWith("~")) return "that is outside the folder";
  const parts = path.split("/");
  if (parts.includes("..") || parts.includes(".")) return "that leads out of the folder";
  if (parts.includes("")) return "a part of it is empty";
  if (parts[0].toLowerCase().startsWith(OWN_PREFIX)) return "such names are iot's own";
  return undefined;
}
