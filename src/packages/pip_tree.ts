/** What pip put into a folder: a package's files, without what only this computer needs. */

import { formatSize } from "@/base/text.ts";
import { MAX_PACKAGE_BYTES, MAX_PACKAGE_FILES, type PackageFile, packageFile } from "./package.ts";
import { PackageError } from "./package_error.ts";
import { checkPackagePath } from "./package_path.ts";

/** A package's files, and who it says it is. */
export interface PipTree {
  readonly name: string;
  readonly version: string;
  readonly files: readonly PackageFile[];
  /** Files with machine code for this computer, which were left out. */
  readonly compiled: readonly string[];
}

/**
 * What no board needs: metadata, compiled files of this computer, and set-up programs, as iot49's
 * pip magic removes them (iot_kernel/magics/pip.py).
 */
const NEEDLESS =
  /(?:^|\/)(?:[^/]+\.(?:dist-info|egg-info)|__pycache__)(?:\/|$)|\.py[co]$|(?:^|\/)(?:ez_)?setup\.(?:py|cfg)$/;

/** What Python of this computer loads, and a board cannot. */
const COMPILED = /\.(?:so(?:\.[\d.]+)?|pyd|dll|dylib)$/;

/** Tests, which some packages bring by mistake, and programs and data: sysconfig's "home" scheme. */
const NOT_LIBRARY = /^(?:tests|bin|Scripts|share|include|etc|man)\//;

/**
 * Reads what pip put into `target`.
 *
 * @throws {PackageError} `pip` when there is nothing at all, `malformed` when there is nothing for a
 * board, `size`, `path`.
 */
export async function readPipTree(target: string, requirement: string): Promise<PipTree> {
  const paths = await listFiles(target, requirement);
  if (paths.length === 0) {
    throw new PackageError(
      "pip",
      `pip left out "${requirement}": its condition is not true of this computer.`,
    );
  }
  const metadata = paths.find((path) => /^[^/]+\.dist-info\/METADATA$/.test(path)) ??
    paths.find((path) => /^[^/]+\.egg-info\/PKG-INFO$/.test(path));
  if (metadata === undefined) {
    throw new PackageError("malformed", `pip brought nothing that says it is "${requirement}".`);
  }
  const { name, version } = readMetadata(await Deno.readTextFile(`${target}/${metadata}`));
  const compiled = paths.filter((path) => COMPILED.test(path));
  const kept = paths.filter((path) => !NEEDLESS.test(path) && !COMPILED.test(path));
  // A package may itself be called `share`.
  const folders = new Set(
    kept.filter((path) => /^(?!tests\/)[^/]+\/__init__\.py$/.test(path)).map(topOf),
  );
  const library = kept.filter((path) => !NOT_LIBRARY.test(path) || folders.has(topOf(path)));
  if (!library.some((path) => path.endsWith(".py"))) {
    throw new PackageError(
      "malformed",
      `Nothing of "${requirement}" is for a board: it brings no Python files.`,
    );
  }
  const files: PackageFile[] = [];
  let bytes = 0;
  for (const path of library) {
    const checked = checkPackagePath(path, { name: requirement });
    bytes += (await Deno.lstat(`${target}/${path}`)).size;
    if (bytes > MAX_PACKAGE_BYTES) throw tooLarge(requirement);
    files.push(await packageFile(checked, await Deno.readFile(`${target}/${path}`)));
  }
  return { name, version, files, compiled };
}

/** All files below `target`; a link has no business there. */
async function listFiles(target: string, requirement: string): Promise<string[]> {
  const paths: string[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const { name, isDirectory, isFile } of Deno.readDir(`${target}/${folder}`)) {
      const path = `${folder}${name}`;
      if (isDirectory) folders.push(`${path}/`);
      else if (isFile) paths.push(path);
      else {
        throw new PackageError("path", `Refused "${requirement}": its ${path} is a link.`);
      }
      if (paths.length > MAX_PACKAGE_FILES) throw tooLarge(requirement);
    }
  }
  return paths.sort();
}

/** The head of METADATA or PKG-INFO. PyPA specifications, "Core metadata". */
function readMetadata(text: string): { readonly name: string; readonly version: string } {
  const field = (key: string) => new RegExp(`^${key}:\\s*(.*?)\\s*$`, "mi").exec(text)?.[1] ?? "";
  return { name: field("Name"), version: field("Version") };
}

function topOf(path: string): string {
  return path.slice(0, path.indexOf("/"));
}

function tooLarge(requirement: string): PackageError {
  return new PackageError(
    "size",
    `Refused "${requirement}": it has more than ${formatSize(MAX_PACKAGE_BYTES)} or ` +
      `${MAX_PACKAGE_FILES} files, which no board has room for.`,
  );
}
