/** Tells Jupyter about this kernel: a directory with `kernel.json` and logos. */

import { IotError, UsageError } from "@/base/errors.ts";
import { encode } from "@/base/bytes.ts";
import template from "../../kernelspec/kernel.json" with { type: "json" };
import logo32 from "../../kernelspec/logo-32x32.png" with { type: "bytes" };
import logo64 from "../../kernelspec/logo-64x64.png" with { type: "bytes" };
import logoSvg from "../../kernelspec/logo-svg.svg" with { type: "text" };

/** Where to install: for this user, below a directory, or into the Python environment in use. */
export type Scope =
  | { readonly kind: "user" }
  | { readonly kind: "prefix"; readonly path: string }
  | { readonly kind: "sys-prefix" };

/** One file of a kernelspec. */
export interface KernelspecFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Reads an environment variable; `undefined` where it is unset or empty. */
export type Variables = (name: string) => string | undefined;

/**
 * jupyter_client's `kernelspec.py`, `_is_valid_kernel_name`, which also takes `.` and `..`: those
 * would be the directories above, with everybody's kernels in them.
 */
const KERNEL_NAME = /^(?!\.+$)[a-z0-9._-]+$/i;

/**
 * The files of the kernelspec. `launcher` is the command line that starts this program, its first
 * word an absolute path.
 */
export function planKernelspec(launcher: readonly string[]): KernelspecFile[] {
  const spec = { ...template, argv: [...launcher, ...template.argv] };
  return [
    { name: "logo-32x32.png", data: logo32 },
    { name: "logo-64x64.png", data: logo64 },
    { name: "logo-svg.svg", data: encode(logoSvg) },
    // Last, for it is what makes the directory a kernelspec.
    { name: "kernel.json", data: encode(`${JSON.stringify(spec, null, 2)}\n`) },
  ];
}

/**
 * The directory that kernel `name` is installed to.
 *
 * @throws {UsageError} for a name that Jupyter would not find, or when no environment is in use.
 */
export async function kernelspecDirectory(
  scope: Scope,
  options: { name: string; variables: Variables },
): Promise<string> {
  const { name, variables } = options;
  if (!KERNEL_NAME.test(name)) {
    throw new UsageError(
      `"${name}" cannot name a kernel. Use letters, digits, ".", "_" and "-", not only dots.`,
    );
  }
  const share = scope.kind === "user"
    ? userDataDirectory(variables)
    : `${await prefixOf(scope, variables)}/share/jupyter`;
  return `${share}/kernels/${name}`;
}

/** Jupyter's data directory of this user: jupyter_core's `paths.py`, `jupyter_data_dir`. */
export function userDataDirectory(
  variables: Variables,
  os: typeof Deno.build.os = Deno.build.os,
): string {
  const chosen = variables("JUPYTER_DATA_DIR");
  if (chosen !== undefined) return chosen;
  const home = variables("HOME");
  if (os === "windows") {
    const appData = variables("APPDATA");
    if (appData !== undefined) return `${appData}/jupyter`;
  } else if (os === "darwin") {
    if (home !== undefined) return `${home}/Library/Jupyter`;
  } else {
    const dataHome = variables("XDG_DATA_HOME") ?? (home && `${home}/.local/share`);
    if (dataHome !== undefined) return `${dataHome}/jupyter`;
  }
  throw new UsageError("Cannot tell where your Jupyter data lives: HOME is not set. Use --prefix.");
}

async function prefixOf(
  scope: Exclude<Scope, { kind: "user" }>,
  variables: Variables,
): Promise<string> {
  if (scope.kind === "prefix") return absolute(scope.path);
  const active = variables("VIRTUAL_ENV") ?? variables("CONDA_PREFIX");
  if (active !== undefined) return active;
  const python = variables("IOT_PYTHON");
  if (python !== undefined) return await askPrefix(python);
  throw new UsageError(
    "--sys-prefix needs a Python environment: activate one, or set IOT_PYTHON to its interpreter.",
  );
}

async function askPrefix(python: string): Promise<string> {
  const refuse = (reason: string, cause?: unknown) =>
    new UsageError(`Cannot ask IOT_PYTHON "${python}" for its sys.prefix: ${reason}`, { cause });
  try {
    const args = ["-c", "import sys; print(sys.prefix)"];
    const { success, stdout, stderr } = await new Deno.Command(python, { args }).output();
    if (!success) throw refuse(new TextDecoder().decode(stderr).trim());
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof IotError) throw error;
    throw refuse(error instanceof Error ? error.message : String(error), error);
  }
}

function absolute(path: string): string {
  return path.startsWith("/") || /^[A-Za-z]:/.test(path) ? path : `${Deno.cwd()}/${path}`;
}

/**
 * Writes `files` to `directory`, replacing an earlier installation of this kernel.
 *
 * @throws {UsageError} when the directory holds another program's kernel, or cannot be written.
 */
export async function writeKernelspec(
  directory: string,
  files: readonly KernelspecFile[],
): Promise<void> {
  if (await ownerOf(directory) === "other") {
    throw new UsageError(`"${directory}" is another program's kernel. Choose another --name.`);
  }
  try {
    await Deno.mkdir(directory, { recursive: true });
    for (const { name, data } of files) await Deno.writeFile(`${directory}/${name}`, data);
  } catch (cause) {
    throw new UsageError(`Cannot install to "${directory}": ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Removes the kernel from `directory`.
 *
 * @throws {UsageError} when there is none, or it is another program's.
 */
export async function removeKernelspec(directory: string): Promise<void> {
  const owner = await ownerOf(directory);
  if (owner === undefined) throw new UsageError(`There is no kernel at "${directory}".`);
  if (owner === "other") {
    throw new UsageError(`"${directory}" is another program's kernel. It was left alone.`);
  }
  try {
    await Deno.remove(directory, { recursive: true });
  } catch (cause) {
    throw new UsageError(`Cannot remove "${directory}": ${reasonOf(cause)}`, { cause });
  }
}

/** Whose kernelspec is there: ours ends its command line as ours does. */
async function ownerOf(directory: string): Promise<"iot" | "other" | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(`${directory}/kernel.json`);
  } catch {
    return undefined;
  }
  try {
    const { argv, display_name } = JSON.parse(text);
    const ours = Array.isArray(argv) && display_name === template.display_name &&
      JSON.stringify(argv.slice(-template.argv.length)) === JSON.stringify(template.argv);
    return ours ? "iot" : "other";
  } catch {
    return "other";
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
