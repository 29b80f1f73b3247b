/** The names that files have while they are on their way. Pure. */

import { encode } from "@/base/bytes.ts";

/** Behind the name of a file that is not whole yet, or not yet in its place. */
const PART_SUFFIX = ".iot-part";
/** lfs_config name_max and FatFs FF_MAX_LFN are both 255 in MicroPython's ports. */
const MAX_NAME_BYTES = 255;

/** Where the content for `path` is collected: beside it, so that it only needs to be renamed. */
export function partOf(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  let name = path.slice(at);
  while (encode(name + PART_SUFFIX).length > MAX_NAME_BYTES) {
    name = Array.from(name).slice(0, -1).join("");
  }
  return path.slice(0, at) + name + PART_SUFFIX;
}

/** Whether `path` is such a name. */
export function isPart(path: string): boolean {
  return path.endsWith(PART_SUFFIX);
}
