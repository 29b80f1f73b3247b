/**
 * What the virtual machine boots: Debian's kernel with its USB modules, busybox, the executable under
 * test, and the libraries that Deno needs. All in memory; there is no disk.
 */

import { IOT } from "../support/product.ts";
import { need } from "../../../scripts/run.ts";
import { KERNEL_FOLDER } from "../../../scripts/setup_kernel.ts";
import init from "./init.sh" with { type: "text" };

/** Copying and packing 150 MB takes a second or two. */
const PACK_MS = 120_000;

const BUSYBOX = "/bin/busybox";
const LIBRARIES = "lib/x86_64-linux-gnu";
/** What Deno is linked to: `ldd deno`. */
const NEEDED = [
  "libdl.so.2",
  "libgcc_s.so.1",
  "librt.so.1",
  "libpthread.so.0",
  "libm.so.6",
  "libc.so.6",
];
const LOADER = "lib64/ld-linux-x86-64.so.2";
/** The parts of the kernel that USB, its simulated controller and the line to the host need. */
const MODULES = [
  "drivers/usb/common",
  "drivers/usb/core",
  "drivers/usb/host",
  "drivers/usb/gadget",
  "drivers/usb/class",
  "drivers/usb/serial",
  "drivers/virtio",
  "drivers/char",
  "fs/configfs",
];

/** A kernel and its first file system, for QEMU's `-kernel` and `-initrd`. */
export interface Image {
  readonly kernel: string;
  readonly initrd: string;
}

/** Packs an image into `folder`, an empty one. */
export async function packImage(folder: string): Promise<Image> {
  const { kernel, modules, release } = await findKernel();
  const root = `${folder}/root`;
  for (const name of ["bin", "dev", "proc", "sys", "tmp", "root", LIBRARIES, "lib64"]) {
    await Deno.mkdir(`${root}/${name}`, { recursive: true });
  }
  await Deno.writeTextFile(`${root}/init`, init, { mode: 0o755 });
  await Deno.copyFile(BUSYBOX, `${root}/bin/busybox`);
  await Deno.copyFile(IOT, `${root}/bin/iot`);
  for (const name of NEEDED) {
    await Deno.copyFile(`/${LIBRARIES}/${name}`, `${root}/${LIBRARIES}/${name}`);
  }
  await Deno.copyFile(`/${LOADER}`, `${root}/${LOADER}`);
  for (const part of MODULES) {
    const to = `${root}/lib/modules/${release}/kernel/${part}`;
    await Deno.mkdir(to, { recursive: true });
    await need("cp", { args: ["-r", `${modules}/kernel/${part}/.`, to], timeoutMs: PACK_MS });
  }
  for (const name of ["modules.builtin", "modules.order"]) {
    await Deno.copyFile(`${modules}/${name}`, `${root}/lib/modules/${release}/${name}`);
  }
  const initrd = `${folder}/initrd`;
  await need("sh", {
    args: ["-c", 'cd "$1" && find . | busybox cpio -o -H newc > "$2"', "sh", root, initrd],
    timeoutMs: PACK_MS,
  });
  await Deno.remove(root, { recursive: true });
  return { kernel, initrd };
}

async function findKernel(): Promise<{ kernel: string; modules: string; release: string }> {
  try {
    for await (const { name: release } of Deno.readDir(`${KERNEL_FOLDER}/lib/modules`)) {
      const kernel = `${KERNEL_FOLDER}/boot/vmlinuz-${release}`;
      await Deno.stat(kernel);
      return { kernel, modules: `${KERNEL_FOLDER}/lib/modules/${release}`, release };
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new Error(`There is no kernel in ${KERNEL_FOLDER}. Run: deno task setup`);
}
