/**
 * Fetches Debian's kernel for the virtual machine that the USB tests run in: downloaded as a package
 * and unpacked into the checkout's cache, not installed.
 */

import { need, RunError } from "./run.ts";

/** Where the package's files are: `boot`, `lib/modules`. */
export const KERNEL_FOLDER = `${import.meta.dirname}/../.cache/linux`;

const META_PACKAGE = "linux-image-amd64";
const TIMEOUT_MS = 10 * 60_000;

/** Fetches the kernel where it is not here yet; only for x86_64, whose Deno the machine runs. */
export async function setUpKernel(): Promise<void> {
  if (Deno.build.arch !== "x86_64" || await isHere()) return;
  console.log(`Fetching Debian's kernel into .cache for the tests of USB`);
  const depends = await dependencies();
  const name = /Depends: (linux-image-\d\S*)/.exec(depends)?.[1];
  if (name === undefined) throw new RunError(`apt-cache depends ${META_PACKAGE} names no kernel.`);
  await Deno.mkdir(KERNEL_FOLDER, { recursive: true });
  const folder = await Deno.makeTempDir({ prefix: "iot-kernel-" });
  try {
    await need("apt-get", { args: ["-q", "download", name], cwd: folder, timeoutMs: TIMEOUT_MS });
    for await (const file of Deno.readDir(folder)) {
      const args = ["-x", `${folder}/${file.name}`, `${folder}/unpacked`];
      await need("dpkg-deb", { args, timeoutMs: TIMEOUT_MS });
      break;
    }
    await Deno.remove(KERNEL_FOLDER, { recursive: true });
    // Perhaps onto another file system, where rename() would not do.
    const args = ["-a", `${folder}/unpacked`, KERNEL_FOLDER];
    await need("cp", { args, timeoutMs: TIMEOUT_MS });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function isHere(): Promise<boolean> {
  try {
    await Deno.stat(`${KERNEL_FOLDER}/boot`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What `apt-cache depends` says of the kernel; the lists are fetched where there are none. */
async function dependencies(): Promise<string> {
  const query = { args: ["depends", META_PACKAGE], timeoutMs: TIMEOUT_MS, env: { LC_ALL: "C" } };
  try {
    return await need("apt-cache", query);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    await need("apt-get", { args: ["-q", "update"], timeoutMs: TIMEOUT_MS });
    return await need("apt-cache", query);
  }
}
