/** Files of this computer, read whole: what changes while it is read is noticed. */

import { IotError } from "@/base/errors.ts";
import type { WantedFile } from "@/device/files/board_files.ts";
import { BoardFilesError } from "@/device/files/files_error.ts";

/** A file that is saved just now is read again so often. */
const ATTEMPTS = 3;

/** A file of this computer as it is wanted on a board. */
export interface HostFile extends WantedFile {
  /** Where it is on this computer. */
  readonly hostPath: string;
}

/**
 * Reads a file whole. Only a regular one has an end: a pipe or a terminal is not waited for.
 *
 * @throws {IotError} when it cannot be read, or does not hold still.
 */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const bytes = await reading(path, async () => {
      const before = await Deno.stat(path);
      checkRegular(before, path);
      const content = await Deno.readFile(path);
      const after = await Deno.stat(path);
      const same = before.mtime?.getTime() === after.mtime?.getTime() &&
        before.ino === after.ino && content.length === after.size;
      return same ? content : undefined;
    });
    if (bytes !== undefined) return bytes;
  }
  throw new IotError(`Cannot read "${path}": it changes while it is read. Try again later.`, 1);
}

/**
 * The file at `hostPath` as the one that is to be at `path` on a board.
 *
 * @throws {IotError} as {@linkcode readWhole} does.
 */
export async function hostFile(hostPath: string, path: string): Promise<HostFile> {
  const { size, sha256 } = await measure(await readWhole(hostPath));
  const read = async () => {
    const bytes = await readWhole(hostPath);
    // What the board compares with was said before.
    if (bytes.length !== size || (await measure(bytes)).sha256.toHex() !== sha256.toHex()) {
      throw new BoardFilesError(
        "changed",
        path,
        `Cannot copy "${hostPath}": it changed since it was first read. Run the command again.`,
      );
    }
    return bytes;
  };
  return { path, hostPath, size, sha256, read };
}

/** `bytes` as a file that is to be at `path` on a board. */
export async function memoryFile(
  { path, hostPath, bytes }: { path: string; hostPath: string; bytes: Uint8Array<ArrayBuffer> },
): Promise<HostFile> {
  return { path, hostPath, ...await measure(bytes), read: () => Promise.resolve(bytes) };
}

async function measure(bytes: Uint8Array<ArrayBuffer>) {
  return {
    size: bytes.length,
    sha256: new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
  };
}

/** @throws {IotError} when what is at `path` is neither a regular file nor a folder. */
export function checkRegular({ isFile, isDirectory }: Deno.FileInfo, path: string): void {
  if (isFile || isDirectory) return;
  throw new IotError(`Cannot read "${path}": it is not a regular file.`, 1);
}

/** Does `work` with the file or folder at `path`; what goes wrong names it. */
export async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof IotError) throw cause;
    throw new IotError(`Cannot read "${path}": ${reasonOf(cause)}.`, 1, { cause });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it is not there";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
