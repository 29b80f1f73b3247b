/** Where `pip` and `mip` work: in the host's libraries, or on the board. */

import { UsageError } from "@/base/errors.ts";
import { Progress } from "@/base/progress.ts";
import type { Device } from "@/device/device.ts";
import { BoardShelf } from "@/packages/board_shelf.ts";
import { FolderShelf } from "@/packages/folder_shelf.ts";
import type { Lock } from "@/packages/lock_file.ts";
import type { Shelf } from "@/packages/shelf.ts";
import { boardFilesOf } from "./board_files.ts";
import type { Context } from "./command.ts";
import type { SharedArguments } from "./package_arguments.ts";

/** A place that is open. */
export interface PackagePlace {
  readonly shelf: Shelf;
  readonly lock: Lock;
  /** The board, where it is one. */
  readonly device?: Device;
}

/** The first folder for libraries that the board's programs import from; none on a micro:bit. */
const ASK_FOLDER = `import sys
print(([p for p in sys.path if p.endswith("/lib") and not p.startswith("/rom")] or [""])[0])
`;

/** Opens the place that the arguments mean, for as long as `work` takes. */
export async function withPlace(
  context: Context,
  { target, to_board, operation }: SharedArguments,
  work: (place: PackagePlace) => Promise<void>,
): Promise<void> {
  const { signal, sink } = context;
  if (!to_board) {
    const changes = operation === "install" || operation === "uninstall";
    const folder = hostFolder(context, target);
    await using shelf = await FolderShelf.open(folder, { signal, changes });
    return await work({ shelf, lock: await shelf.readLock({ signal }) });
  }
  const device = await context.devices.current({ signal });
  const folder = await boardFolder(device, target, signal);
  const progress = new Progress(sink);
  const name = await context.devices.nameOf(device, { signal });
  const files = boardFilesOf(device);
  const shelf = new BoardShelf({ files, folder, progress, label: `${folder} of ${name}` });
  try {
    await work({ shelf, lock: await shelf.readLock({ signal }), device });
  } finally {
    await progress.end();
  }
}

function hostFolder({ environment }: Context, target: string | undefined): string {
  const [base] = environment.paths("IOT_LIBS");
  if (base === undefined) {
    throw new UsageError("IOT_LIBS names no folder to install packages into.");
  }
  if (target === undefined) return base;
  if (target === "") throw new UsageError("An empty DIR names no folder to install into.");
  const path = environment.expand(target).replace(/(?<=.)[\\/]+$/, "");
  if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(path)) return path;
  checkInside(path, base);
  return `${base}/${path}`;
}

async function boardFolder(
  device: Device,
  target: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const path = target?.replace(/^:/, "").replace(/(?<=.)\/+$/, "");
  if (path?.startsWith("/")) {
    checkInside(path, "/");
    return path;
  }
  const { platform } = await device.identity({ signal });
  // A micro:bit has no folders, only files.
  const asked = platform === "microbit"
    ? "/"
    : (await device.evaluate(ASK_FOLDER, { signal })).trim() || "/lib";
  if (!path) return asked;
  checkInside(path, asked);
  return `${asked === "/" ? "" : asked}/${path}`;
}

function checkInside(path: string, base: string): void {
  if (!path.split(/[\\/]/).includes("..")) return;
  throw new UsageError(`"${path}" leads out of ${base}. Write an absolute path, if that is meant.`);
}
