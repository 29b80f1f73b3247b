/** What other tools call what commands of ours do, for who types it out of habit. */

/** mpremote, rshell, ampy and shells; each with what to write after `iot`. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["ls", "rlist"],
  ["dir", "rlist"],
  ["tree", "rlist"],
  ["put", "cp FILE :"],
  ["push", "cp FILE :"],
  ["upload", "cp FILE :"],
  ["get", "cp :FILE ."],
  ["pull", "cp :FILE ."],
  ["download", "cp :FILE ."],
  ["mkdir", "mkdirs"],
  ["rmdir", "rm -r"],
  ["sync", "rsync"],
  ["reset", "hardreset"],
  ["soft-reset", "softreset"],
  ["rtc", "gettime"],
  ["devs", "discover"],
  ["list", "discover"],
  ["connect", "-d DEVICE COMMAND"],
]);

/** How to do here what another tool calls `name`; undefined where it is called so by none. */
export function otherName(name: string): string | undefined {
  const here = ELSEWHERE.get(name);
  return here === undefined ? undefined : `Here, iot ${here} does that. `;
}
