/** Taking back what an upload that failed has left on the board: parts of files fill it. */

import { IotError } from "@/base/errors.ts";
import type { Device } from "../device.ts";
import type { WantedFile } from "./board_files.ts";
import { discardParts } from "./changes.ts";
import { BoardFilesError } from "./files_error.ts";
import { partOf } from "./part_name.ts";

/** A board that does not answer for so long keeps its part, in milliseconds. */
const REMOVE_MS = 5_000;

/** A block holds several small files, and the board may have been at any of them. */
const FILES_AHEAD = 16;

/**
 * Removes the parts of what was under way when an upload failed with `error`, where the board still
 * answers. Whoever interrupted it has a signal that has aborted: this one has its own deadline.
 *
 * @param options `path`: the file that the last progress was about
 * @returns the error to throw: `error`, or one that names what is left as well
 */
export async function removeParts(
  device: Device,
  files: readonly WantedFile[],
  { error, path }: { error: unknown; path: string },
): Promise<unknown> {
  // The next upload meets what is left on a board that went away.
  if (device.lost) return error;
  const last = error instanceof BoardFilesError ? error.path : path;
  const index = Math.max(0, files.findIndex((file) => file.path === last));
  const begun = files.slice(index, index + FILES_AHEAD);
  try {
    await discardParts(device, begun, { signal: AbortSignal.timeout(REMOVE_MS) });
    return error;
  } catch (cause) {
    if (!(error instanceof BoardFilesError)) return error;
    if (!(cause instanceof IotError || cause instanceof DOMException)) throw cause;
    const { code, errno } = error;
    const message = `${error.message} "${partOf(last)}" is left of it, and may be removed.`;
    return new BoardFilesError(code, last, message, { cause: error, ...(errno && { errno }) });
  }
}
