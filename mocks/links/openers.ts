/** Whether a program has a pseudo-terminal open, as well as /proc tells. */

/**
 * Whether any descriptor but `own`, of this process, leads to `path`. Programs of other users
 * cannot be looked into and are not seen, unless this user is root.
 */
export function isOpenElsewhere(path: string, own: number): boolean {
  for (const { name: pid } of entries("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    for (const { name: fd } of entries(`/proc/${pid}/fd`)) {
      if (Number(pid) === Deno.pid && Number(fd) === own) continue;
      if (target(`/proc/${pid}/fd/${fd}`) === path) return true;
    }
  }
  return false;
}

function entries(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

function target(link: string): string | undefined {
  try {
    return Deno.readLinkSync(link);
  } catch {
    return undefined; // closed meanwhile
  }
}
