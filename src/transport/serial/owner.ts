/** Which group may use a device, for the advice that goes with "permission denied". */

/** The name of the group that `path` belongs to; undefined where that cannot be found out. */
export function owningGroup(path: string): string | undefined {
  try {
    const { gid } = Deno.statSync(path);
    return gid === null ? undefined : groupName(Deno.readTextFileSync("/etc/group"), gid);
  } catch {
    return undefined;
  }
}

/** Looks `gid` up in the text of /etc/group, where a line is `dialout:x:20:alice`. */
export function groupName(groups: string, gid: number): string | undefined {
  for (const line of groups.split("\n")) {
    const [name, , id] = line.split(":");
    if (id === String(gid)) return name;
  }
  return undefined;
}
