/**
 * Where this program keeps things: configuration, data, caches and sockets, on each system.
 *
 * Linux follows the XDG Base Directory Specification 0.8, macOS and Windows their own customs.
 */

import { IotError, UsageError } from "@/base/errors.ts";

/** Reads an environment variable; `undefined` where it is unset or empty. */
export type Variables = (name: string) => string | undefined;

/**
 * The kinds of place: `config` is the user's to edit, `data` is kept (history, remembered boards),
 * `cache` can be deleted at any time, `runtime` holds the sockets of running programs.
 */
export type PlaceKind = "config" | "data" | "cache" | "runtime";

type Os = typeof Deno.build.os;

/** What {@linkcode place} can be told. */
export interface PlaceOptions {
  /** The system; the one we run on where not given. */
  readonly os?: Os;
  /** The user's number, for a runtime directory below /tmp; ours where not given. */
  readonly uid?: number | null;
}

/** `XDG_*` by kind, with the default below the home directory. */
const XDG: Readonly<Record<Exclude<PlaceKind, "runtime">, readonly [string, string]>> = {
  config: ["XDG_CONFIG_HOME", ".config"],
  data: ["XDG_DATA_HOME", ".local/share"],
  cache: ["XDG_CACHE_HOME", ".cache"],
};

/** Apple, File System Programming Guide, "The Library Directory". */
const MAC: Readonly<Record<"data" | "cache", string>> = {
  data: "Library/Application Support",
  cache: "Library/Caches",
};

/**
 * The directory of ours for one kind of thing, as an absolute path. It need not exist: see
 * {@linkcode makePrivateDirectory}.
 *
 * @throws {UsageError} when the environment does not tell where the user's things are.
 */
export function place(kind: PlaceKind, variables: Variables, options: PlaceOptions = {}): string {
  const { os = Deno.build.os } = options;
  if (os === "windows") return `${windowsBase(kind, variables)}\\iot${WINDOWS_BELOW[kind]}`;
  if (kind === "runtime") return runtimeDirectory(variables, options);
  const [name, below] = XDG[kind];
  // Relative ones are invalid and ignored, says the specification.
  const chosen = variables(name);
  if (chosen?.startsWith("/")) return `${chosen}/iot`;
  const custom = os === "darwin" && kind !== "config" ? MAC[kind] : below;
  return `${home(variables)}/${custom}/iot`;
}

const WINDOWS_BELOW: Readonly<Record<PlaceKind, string>> = {
  config: "",
  data: "\\data",
  cache: "\\cache",
  runtime: "\\run",
};

function windowsBase(kind: PlaceKind, variables: Variables): string {
  const name = kind === "config" ? "APPDATA" : "LOCALAPPDATA";
  const base = variables(name);
  if (base !== undefined) return base;
  throw new UsageError(`Cannot tell where iot keeps its files: ${name} is not set.`);
}

/** Where there is no session's directory, as under cron, a name of this user's own below /tmp. */
function runtimeDirectory(variables: Variables, { uid = Deno.uid() }: PlaceOptions): string {
  const session = variables("XDG_RUNTIME_DIR");
  if (session?.startsWith("/")) return `${session}/iot`;
  const temporary = variables("TMPDIR");
  const base = temporary?.startsWith("/") ? temporary.replace(/\/+$/, "") : "/tmp";
  return `${base}/iot-${uid ?? "user"}`;
}

function home(variables: Variables): string {
  const home = variables("HOME");
  if (home !== undefined) return home.replace(/\/+$/, "");
  throw new UsageError("Cannot tell where your files are: the variable HOME is not set.");
}

/** The bits of a mode by which others than its owner are let in: stat(2). */
const OTHERS = 0o077;

/**
 * Makes sure that a directory is there and that only its user can look into it. One that is there
 * already must be this user's: below /tmp, anybody may have made it to listen in. It is closed to
 * others where it was open to them.
 *
 * @throws {IotError} when it cannot be made, or is somebody else's.
 */
export async function makePrivateDirectory(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    // A link of this user's leads where this user wants; one of somebody else's is a trap.
    const link = await Deno.lstat(path);
    const { isDirectory, uid, mode } = await Deno.stat(path);
    if (!isDirectory || [link.uid, uid].some((owner) => owner !== null && owner !== Deno.uid())) {
      throw new IotError(`Cannot use "${path}": it is somebody else's. Remove or rename it.`, 1);
    }
    if (mode !== null && (mode & OTHERS) !== 0 && Deno.build.os !== "windows") {
      await Deno.chmod(path, mode & 0o777 & ~OTHERS);
    }
  } catch (cause) {
    if (cause instanceof IotError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new IotError(`Cannot make the directory "${path}": ${reason}`, 1, { cause });
  }
}
