/** A cell's Python on a board: what it prints goes to the sink as it comes. */

import type { Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import type { Device } from "@/device/device.ts";
import { runProgram } from "@/device/program.ts";

/** Python of a cell. */
export interface BoardCode {
  readonly code: string;
  /** The number, from 1, that its first line has in the cell. */
  readonly line: number;
}

/** Runs `code` on `device`. */
export async function runOnBoard(
  device: Device,
  { code, line }: BoardCode,
  { sink, signal }: { readonly sink: Sink; readonly signal: AbortSignal },
): Promise<Outcome> {
  return await runProgram(device, code, { sink, signal, firstLine: line, asks: "always" });
}
