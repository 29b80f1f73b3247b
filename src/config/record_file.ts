/** Files that lines are added to as things happen: logs and traces. */

import { UsageError } from "@/base/errors.ts";

/** Takes lines. A process keeps it to its end; disposing closes it before. */
export interface RecordFile extends Disposable {
  /** Adds a line, given without its end. Never throws: nobody's work ends because a disk is full. */
  write(line: string): void;
}

/**
 * Opens a file to add lines to, which only this user can read if it is made.
 *
 * @param options `setting`: what named it; `complain` is told once when it cannot be written any more
 * @throws {UsageError} when it cannot be opened.
 */
export function openRecordFile(
  path: string,
  { setting, complain }: { setting: string; complain: (message: string) => void },
): RecordFile {
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  } catch (cause) {
    throw new UsageError(`Cannot write "${path}", which ${setting} names: ${reasonOf(cause)}`, {
      cause,
    });
  }
  const encoder = new TextEncoder();
  const close = () => {
    file?.close();
    file = undefined;
  };
  return {
    // Without `this`: it is handed on as a function of its own.
    write(line) {
      if (file === undefined) return;
      const bytes = encoder.encode(`${line}\n`);
      try {
        // In one piece, for another process may add to it as well.
        for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      } catch (error) {
        close();
        complain(`"${path}" cannot be written any more, and ends here: ${reasonOf(error)}`);
      }
    },
    [Symbol.dispose]: close,
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "its directory is not there. Make it first.";
  if (error instanceof Deno.errors.PermissionDenied) return "this user may not write there.";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory. Name a file.";
  return error instanceof Error ? error.message : String(error);
}
