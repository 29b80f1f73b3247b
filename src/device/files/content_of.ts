/** Reading a wanted file, and whether it still is what was announced. */

import type { WantedFile } from "./board_files.ts";
import { BoardFilesError } from "./files_error.ts";

/**
 * The content of a wanted file.
 *
 * @throws {BoardFilesError} `changed` when it is not what was announced.
 */
export async function contentOf(file: WantedFile): Promise<Uint8Array> {
  const content = await file.read();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(content)));
  if (content.length === file.size && file.sha256.every((byte, at) => byte === digest[at])) {
    return content;
  }
  throw new BoardFilesError(
    "changed",
    file.path,
    `The content for "${file.path}" changed while it was being sent. Try again.`,
  );
}
