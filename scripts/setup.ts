/**
 * Sets up what the tests need, and nothing that the product needs: `deno task setup`.
 *
 * Debian packages (an emulator, a board's firmware, a few tools) are installed where this user may;
 * elsewhere the command to run is printed. The Python packages, Jupyter's clients and mpremote, go
 * into `.venv` in the checkout. Where all is in place this takes a moment.
 */

import { capture, need, RunError, stream } from "./run.ts";
import { setUpKernel } from "./setup_kernel.ts";

const APT_TIMEOUT_MS = 15 * 60_000;
const PIP_TIMEOUT_MS = 10 * 60_000;
const PROBE_TIMEOUT_MS = 60_000;

/** requirements.txt is resolved for this version and later ones. */
const OLDEST_PYTHON = [3, 10];

/** A Debian package, and how to tell that what it brings is here, from wherever. */
interface DebianPackage {
  readonly name: string;
  readonly what: string;
  isHere(): Promise<boolean>;
}

const DEBIAN_PACKAGES: readonly DebianPackage[] = [
  {
    name: "python3",
    what: "runs Jupyter's clients and mpremote",
    isHere: () => succeeds("python3", ["--version"]),
  },
  {
    name: "python3-venv",
    what: "makes .venv",
    isHere: () => succeeds("python3", ["-c", "import ensurepip, venv"]),
  },
  {
    name: "qemu-system-arm",
    what: "emulates a micro:bit",
    isHere: () => succeeds("qemu-system-arm", ["--version"]),
  },
  {
    name: "firmware-microbit-micropython",
    what: "the firmware that runs on it",
    isHere: () => exists("/usr/share/firmware-microbit-micropython/firmware.hex"),
  },
  {
    name: "chromium",
    what: "shows JupyterLab",
    isHere: () => exists("/usr/bin/chromium"),
  },
  {
    name: "libxml2-utils",
    what: "checks XML against a schema",
    isHere: () => succeeds("xmllint", ["--version"]),
  },
  {
    name: "busybox-static",
    what: "the least of tools that the executable must start with",
    isHere: async () => await succeeds("busybox", ["true"]) && await isStatic("/bin/busybox"),
  },
  {
    name: "qemu-system-x86",
    what: "a virtual machine with USB",
    isHere: () => succeeds("qemu-system-x86_64", ["--version"]),
  },
  {
    name: "ser2net",
    what: "serves serial ports on a network",
    isHere: async () => await exists("/usr/sbin/ser2net") || await succeeds("ser2net", ["-v"]),
  },
  {
    name: "openssl",
    what: "makes certificates",
    isHere: () => succeeds("openssl", ["version"]),
  },
  {
    name: "podman",
    what: "runs containers",
    isHere: () => succeeds("podman", ["--version"]),
  },
  {
    name: "runc",
    what: "starts them",
    isHere: () => exists("/usr/sbin/runc"),
  },
  {
    name: "openssh-server",
    what: "a computer that is reached by ssh",
    isHere: () => exists("/usr/sbin/sshd"),
  },
  {
    name: "openssh-client",
    what: "reaches it",
    isHere: () => exists("/usr/bin/ssh"),
  },
  {
    name: "shellcheck",
    what: "checks the executable's shell script and .ci/run",
    isHere: () => succeeds("shellcheck", ["--version"]),
  },
];

/**
 * Makes everything that the tests need.
 *
 * @param root the checkout's folder
 * @throws {SetupError} with the command to run, where this user may not install packages
 * @throws {RunError} when a step fails
 */
export async function setup(root: string): Promise<void> {
  await setUpDebianPackages();
  await setUpKernel();
  await setUpPython(root);
}

/** The set-up needs a person. The message says what to do. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

async function setUpDebianPackages(): Promise<void> {
  const here = await Promise.all(DEBIAN_PACKAGES.map((item) => item.isHere()));
  const missing = DEBIAN_PACKAGES.filter((_item, index) => !here[index]);
  if (missing.length === 0) return;

  const names = missing.map(({ name }) => name);
  const command = `apt-get update && apt-get install -y --no-install-recommends ${names.join(" ")}`;
  const list = missing.map(({ name, what }) => `  ${name}: ${what}`).join("\n");
  if (!await succeeds("apt-get", ["--version"])) {
    throw new SetupError(
      `The tests need these, here by the names that Debian gives them; please install them:\n${list}`,
    );
  }
  const asRoot = Deno.uid() === 0 ? [] : ["sudo", "-n"];
  if (asRoot.length > 0 && !await succeeds("sudo", ["-n", "true"])) {
    throw new SetupError(
      `The tests need these Debian packages:\n${list}\nInstall them with:\n  sudo sh -c '${command}'`,
    );
  }
  console.log(`Installing Debian packages:\n${list}`);
  const lock = ["-o", "DPkg::Lock::Timeout=300"];
  await apt([...asRoot, "apt-get", ...lock, "-q", "update"]);
  await apt([
    ...asRoot,
    "apt-get",
    ...lock,
    "-q",
    "install",
    "-y",
    "--no-install-recommends",
    ...names,
  ]);
  for (const item of missing) {
    if (await item.isHere()) continue;
    throw new SetupError(`apt-get installed ${item.name}, yet what it brings cannot be used.`);
  }
}

async function apt([program, ...args]: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const code = await stream(program, { args, env, timeoutMs: APT_TIMEOUT_MS });
  if (code !== 0) throw new RunError(`${program} ${args.join(" ")} ended with exit code ${code}.`);
}

async function setUpPython(root: string): Promise<void> {
  const requirements = `${root}/scripts/requirements.txt`;
  const folder = `${root}/.venv`;
  const stamp = `${folder}/.set-up-for`;
  const version = (await need("python3", {
    args: ["-c", "import sys; print(sys.version.split()[0], sys.prefix)"],
    timeoutMs: PROBE_TIMEOUT_MS,
  })).trim();
  const wanted = `${await sha256(requirements)} ${version}\n`;
  if (await succeeds(`${folder}/bin/python`, ["--version"]) && await textOf(stamp) === wanted) {
    return;
  }

  const [major, minor] = version.split(".").map(Number);
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new SetupError(
      `The tests need Python ${OLDEST_PYTHON.join(".")} or later; python3 is ${version}.`,
    );
  }
  console.log(`Installing scripts/requirements.txt into ${folder} for Python ${version}`);
  await need("python3", {
    args: ["-m", "venv", "--clear", folder],
    timeoutMs: PIP_TIMEOUT_MS,
  });
  await need(`${folder}/bin/python`, {
    args: [
      ...["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"],
      ...["--require-hashes", "--requirement", requirements],
    ],
    timeoutMs: PIP_TIMEOUT_MS,
  });
  // Last: without it, the next run starts over.
  await Deno.writeTextFile(stamp, wanted);
}

async function sha256(path: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(hash).toHex();
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether a program needs no library: it names no loader. */
async function isStatic(path: string): Promise<boolean> {
  if (!await exists(path)) return false;
  const head = new TextDecoder("latin1").decode((await Deno.readFile(path)).subarray(0, 4096));
  return !/\/ld-(?:linux|musl)/.test(head);
}

/** Whether a program is there and ends well. */
async function succeeds(program: string, args: string[]): Promise<boolean> {
  try {
    return (await capture(program, { args, timeoutMs: PROBE_TIMEOUT_MS })).code === 0;
  } catch (error) {
    if (error instanceof RunError) return false;
    throw error;
  }
}

if (import.meta.main) {
  try {
    await setup(import.meta.dirname!.replace(/\/scripts$/, ""));
  } catch (error) {
    if (!(error instanceof SetupError || error instanceof RunError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
