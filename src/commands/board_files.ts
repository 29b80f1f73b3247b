/** The files of boards, for the commands about them. */

import type { BoardFiles } from "@/device/files/board_files.ts";
import type { Device } from "@/device/device.ts";
import { openBoardFiles } from "@/device/files/open_board_files.ts";

/** One for each board that is connected: what it can do is asked once. */
const OPEN = new WeakMap<Device, BoardFiles>();

/** The files of `device`. */
export function boardFilesOf(device: Device): BoardFiles {
  const open = OPEN.get(device);
  if (open !== undefined) return open;
  const files = openBoardFiles(device);
  OPEN.set(device, files);
  return files;
}
