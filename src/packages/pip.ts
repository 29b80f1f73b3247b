/** Fetching packages from PyPI with this computer's own pip, one at a time, into a folder that goes again. */

import { pause, withDeadline } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import { publicUrl } from "./download.ts";
import type { FetchedPackage, PackageFacts } from "./package.ts";
import { PackageError } from "./package_error.ts";
import { readPipTree } from "./pip_tree.ts";

/** How pip is run. */
export interface PipOptions {
  readonly signal: AbortSignal;
  /** A path of Python, or a program's name. */
  readonly python: string;
  /** Where relative paths begin. */
  readonly directory: string;
  /** pip's own where not said. */
  readonly indexUrl?: string;
  /** Whether versions before a release are taken, too. */
  readonly pre?: boolean;
  /** Told what a user should know of a package that was fetched all the same. */
  readonly onNote?: (note: string) => void;
  /** Told what pip says while it works. */
  readonly onLine?: (line: string) => void;
}

/** A build that takes longer is none for a board, in milliseconds. */
const DEADLINE_MS = 15 * 60_000;

/** pip stops and cleans up within this, in milliseconds. */
const FAREWELL_MS = 5_000;

/** pip says more than anyone reads; the end of it tells what went wrong. */
const MAX_TEXT = 64 * 1024;

/** The first pip with `--report`. pip's changelog, 22.2. */
const OLDEST_PIP = "22.2";

/** What pip may be told otherwise by its configuration, and must not be here. */
const SETTINGS = {
  PIP_USER: "0",
  PIP_REQUIRE_VIRTUALENV: "0",
  PIP_NO_INPUT: "1",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PYTHONDONTWRITEBYTECODE: "1",
};

/**
 * Fetches one package, as a line of a requirements file names it, without what it needs.
 *
 * @throws {UsageError} when there is no Python, or no pip.
 * @throws {PackageError} `pip` with what pip says; `path`, `size`, `malformed` for what it brought.
 */
export async function fetchByPip(
  requirement: string,
  options: PipOptions,
): Promise<FetchedPackage> {
  const shown = publicUrl(requirement);
  const folder = await Deno.makeTempDir({ prefix: "iot-pip-" });
  try {
    await Deno.mkdir(`${folder}/tmp`);
    await Deno.writeTextFile(`${folder}/requirement.txt`, `${requirement}\n`);
    await runPip(shown, folder, options);
    const tree = await readPipTree(`${folder}/target`, shown);
    if (tree.compiled.length > 0) {
      options.onNote?.(
        `${tree.name} has machine code for this computer, which no board can run; it was left out: ` +
          `${tree.compiled.join(", ")}.`,
      );
    }
    const facts: PackageFacts = {
      installer: "pip",
      name: normalizeName(tree.name),
      version: tree.version,
      source: await sourceOf(`${folder}/report.json`),
      ...(options.indexUrl !== undefined && { index: publicUrl(options.indexUrl) }),
      pin: tree.version,
      needs: [],
    };
    return { ...facts, files: tree.files };
  } finally {
    await removeTree(folder);
  }
}

/** A build that is just being ended may still write a file while the folder goes. */
async function removeTree(folder: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch {
      // What cannot be removed lies in the system's folder for such things.
      if (attempt === 5) return;
      await pause(100);
    }
  }
}

/** How PyPI compares names. PEP 503, "Normalized Names". */
export function normalizeName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/** Runs pip in `folder`; `requirement` is what messages call its package. */
async function runPip(requirement: string, folder: string, options: PipOptions): Promise<void> {
  const { python, directory, indexUrl, pre, signal, onLine } = options;
  const args = [
    ...["-m", "pip", "install", "--no-deps", "--no-compile", "--progress-bar", "off"],
    ...["--target", `${folder}/target`, "--report", `${folder}/report.json`],
    ...(pre ? ["--pre"] : []),
    ...["-r", `${folder}/requirement.txt`],
  ];
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(python, {
      args,
      cwd: directory,
      // Whatever becomes of it, its files go with ours.
      env: {
        ...SETTINGS,
        TMPDIR: `${folder}/tmp`,
        TEMP: `${folder}/tmp`,
        TMP: `${folder}/tmp`,
        // It may hold a password, and command lines can be read by everyone.
        ...(indexUrl !== undefined && { PIP_INDEX_URL: indexUrl }),
      },
      // pip starts builds: all of them are one group, which can be ended as one.
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    throw new UsageError(
      `Cannot run pip: "${python}" does not start. Install Python 3, or name it in IOT_PYTHON.`,
      { cause },
    );
  }
  let text = "";
  const take = async (stream: ReadableStream<Uint8Array>) => {
    let line = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream() as never)) {
      text = (text + chunk).slice(-MAX_TEXT);
      const lines = (line + chunk).split("\n");
      line = lines.pop()!.slice(-MAX_TEXT);
      lines.forEach((line) => onLine?.(line));
    }
  };
  const output = Promise.all([take(child.stdout), take(child.stderr)]);
  const { code } = await withDeadline(DEADLINE_MS, (signal) => ended(child, signal), {
    signal,
    error: () =>
      new PackageError("pip", `pip was stopped: it took longer than ${DEADLINE_MS / 60_000} min.`),
  }).finally(() => output);
  if (code === 0) return;
  throw explain(text, { requirement, python });
}

/** Waits for `child`; stops it when `signal` aborts, as Ctrl-C does, and if need be by force. */
async function ended(
  child: Deno.ChildProcess,
  signal: AbortSignal,
): Promise<Deno.CommandStatus> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const kill = (name: Deno.Signal) => {
    try {
      // Its whole group, where there are such.
      Deno.kill(Deno.build.os === "windows" ? child.pid : -child.pid, name);
    } catch { /* it has ended */ }
  };
  const stop = () => {
    kill("SIGINT");
    timer = setTimeout(() => kill("SIGKILL"), FAREWELL_MS);
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    const status = await child.status;
    // A build that it left behind would hold its output open, and be waited for.
    kill("SIGKILL");
    signal.throwIfAborted();
    return status;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function explain(
  text: string,
  { requirement, python }: { readonly requirement: string; readonly python: string },
): Error {
  if (/No module named pip\b/.test(text)) {
    return new UsageError(
      `"${python}" has no pip. "${python} -m ensurepip" installs it, on Debian and Ubuntu ` +
        '"apt install python3-pip"; or name a Python that has it in IOT_PYTHON.',
    );
  }
  if (/no such option: --report/.test(text)) {
    return new UsageError(
      `The pip of "${python}" is older than ${OLDEST_PIP}: "${python} -m pip install -U pip" ` +
        "brings a newer one.",
    );
  }
  const isOldUpip = /neither 'setup\.py' nor 'pyproject\.toml' found|sdist_upip/.test(text);
  if (isOldUpip || /optimize_upip/.test(text)) {
    const name = requirement.replace(/^micropython-/, "").replace(/[^\w.].*$/, "");
    return new PackageError(
      "pip",
      `"${requirement}" is packed for upip, MicroPython's former installer, which pip cannot ` +
        `unpack. %mip install ${name} takes what has replaced most of these.`,
    );
  }
  const errors = text.split("\n").filter((line) => /^\s*ERROR:/.test(line))
    .map((line) => line.trim().replace(/^ERROR:\s*/, ""));
  const reason = errors.length > 0
    ? errors.slice(-3).join("\n")
    : text.trim().slice(-1_000).replace(/^[^\n]*\n/, "");
  return new PackageError(
    "pip",
    `pip could not fetch "${requirement}": ${publicUrl(reason)}\nNothing was installed.`,
  );
}

/** Where pip found it. PyPA specifications, "pip installation report". */
async function sourceOf(path: string): Promise<string> {
  const report = JSON.parse(await Deno.readTextFile(path));
  const url = report?.install?.[0]?.download_info?.url;
  return typeof url === "string" ? publicUrl(url) : "";
}
