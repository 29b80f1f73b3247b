/** Which program holds a serial port, as well as /proc tells. */

/** A program that has a port open. */
export interface Holder {
  readonly pid: number;
  /** Its name as `ps` shows it. */
  readonly name: string;
}

/**
 * The program that keeps `path` from being opened: the one that locked it, else one that has it
 * open. Undefined where that cannot be found out, as for another user's processes.
 *
 * @param proc where procfs is mounted; tests bring their own tree
 */
export function findHolder(path: string, proc = "/proc"): Holder | undefined {
  const pid = lockHolder(path, proc) ?? openedBy(path, proc);
  if (pid === undefined) return undefined;
  const name = attempt(() => Deno.readTextFileSync(`${proc}/${pid}/comm`).trim());
  return name === undefined ? undefined : { pid, name };
}

/** A line is `1: FLOCK  ADVISORY  WRITE 2341 00:18:5 0 EOF`; the middle is device and inode. */
function lockHolder(path: string, proc: string): number | undefined {
  const inode = attempt(() => Deno.statSync(path).ino);
  const locks = attempt(() => Deno.readTextFileSync(`${proc}/locks`)) ?? "";
  for (const line of locks.split("\n")) {
    const match = /FLOCK +\w+ +WRITE +(\d+) +[0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    if (match === null || Number(match[2]) !== inode) continue;
    const pid = Number(match[1]);
    if (pid > 0 && hasOpen(pid, path, proc)) return pid;
  }
  return undefined;
}

function openedBy(path: string, proc: string): number | undefined {
  for (const entry of attempt(() => [...Deno.readDirSync(proc)]) ?? []) {
    const pid = Number(entry.name);
    if (pid > 0 && pid !== Deno.pid && hasOpen(pid, path, proc)) return pid;
  }
  return undefined;
}

function hasOpen(pid: number, path: string, proc: string): boolean {
  const real = attempt(() => Deno.realPathSync(path)) ?? path;
  const directory = `${proc}/${pid}/fd`;
  const entries = attempt(() => [...Deno.readDirSync(directory)]) ?? [];
  return entries.some((entry) =>
    attempt(() => Deno.readLinkSync(`${directory}/${entry.name}`)) === real
  );
}

/** Other users' processes cannot be looked into, and any may end while we look. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
