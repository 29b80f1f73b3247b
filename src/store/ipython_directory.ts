/** Where IPython keeps its things on this computer. */

import { IotError } from "@/base/errors.ts";

/** Reads an environment variable; `undefined` where it is unset or empty. */
export type Variables = (name: string) => string | undefined;

/**
 * IPython's directory: `$IPYTHONDIR`, else `~/.ipython`. An `ipython` in the user's configuration
 * directory is used where IPython once made one and there is no `~/.ipython`. Source: IPython,
 * paths.py, get_ipython_dir().
 *
 * @throws {IotError} when there is no home.
 */
export async function ipythonDirectory(variables: Variables): Promise<string> {
  const chosen = variables("IPYTHONDIR");
  if (chosen !== undefined) return expandHome(chosen, variables);
  const home = await homeDirectory(variables);
  const usual = `${home}/.ipython`;
  if (Deno.build.os === "windows") return usual;
  const old = `${variables("XDG_CONFIG_HOME") ?? `${home}/.config`}/ipython`;
  const isOld = await isDirectory(old) && !await isDirectory(usual) && !await isLink(old);
  return isOld ? old : usual;
}

async function homeDirectory(variables: Variables): Promise<string> {
  const home = homeOf(variables);
  return await Deno.realPath(home).catch(() => home);
}

function homeOf(variables: Variables): string {
  const home = Deno.build.os === "windows"
    ? variables("USERPROFILE") ?? variables("HOME")
    : variables("HOME");
  if (home !== undefined) return home.replace(/(?<=.)\/+$/, "");
  throw new IotError(
    "Cannot tell where IPython keeps stored variables: neither HOME nor IPYTHONDIR is set.",
    2,
  );
}

function expandHome(path: string, variables: Variables): string {
  return path.replace(/^~(?=\/|$)/, () => homeOf(variables)).replace(/(?<=.)\/+$/, "");
}

async function isDirectory(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isDirectory ?? false;
}

async function isLink(path: string): Promise<boolean> {
  return (await Deno.lstat(path).catch(() => undefined))?.isSymlink ?? false;
}
