/** Writing files so that a reader sees the old content or the new, whatever happens midway. */

/** What {@linkcode writeAtomically} can be told. */
export interface AtomicOptions {
  /** Permissions of a file that is not there yet; what the system gives where not said. */
  readonly mode?: number;
  /**
   * Where the file is written at first, on the same file system; the folder of `path` where not
   * said. For a folder whose files are all taken for something.
   */
  readonly partFolder?: string;
  /** When it says that it was modified; now where not said. */
  readonly modified?: Date;
}

/**
 * Writes `data` to a file beside `path`, and puts it in its place when it is whole and on disk. A
 * link is followed, and permissions stay as they are.
 *
 * @throws {Error} what the system says; then `path` is as it was, and nothing is left beside it.
 */
export async function writeAtomically(
  path: string,
  data: string | Uint8Array,
  options: AtomicOptions = {},
): Promise<void> {
  const target = await Deno.realPath(path).catch(() => path);
  const old = await Deno.stat(target).catch(() => undefined);
  const mode = old?.mode ?? options.mode;
  // In the same folder: only within a file system can a file be put in another's place. The name
  // is one of its own, as the target's may be as long as names can be.
  const folder = options.partFolder === undefined
    ? target.slice(0, Math.max(target.lastIndexOf("/"), target.lastIndexOf("\\")) + 1)
    : `${options.partFolder}/`;
  const part = `${folder}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    {
      const create = { write: true, createNew: true, ...(mode && { mode: mode & 0o777 }) };
      using file = await Deno.open(part, create);
      let rest = typeof data === "string" ? new TextEncoder().encode(data) : data;
      while (rest.length > 0) rest = rest.subarray(await file.write(rest));
      await file.sync();
    }
    // The mode at creation was subject to the umask.
    if (mode && Deno.build.os !== "windows") await Deno.chmod(part, mode & 0o777);
    if (options.modified) await Deno.utime(part, options.modified, options.modified);
    await Deno.rename(part, target);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}
