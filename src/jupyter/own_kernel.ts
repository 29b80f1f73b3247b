/** A kernel of our own as a child process, which `iot execute` runs a notebook with. */

import { CHOSEN_DEVICE } from "@/config/environment.ts";
import { KernelProcess } from "@/wire/kernel_process.ts";

/** What {@linkcode startOwnKernel} is told. */
export interface OwnKernelOptions {
  /** The command line that starts this program, without `kernel …`. */
  readonly launcher: readonly string[];
  /** The directory that the kernel works in. */
  readonly cwd: string;
  /** The board that cells run on where they name none. */
  readonly device?: string | undefined;
  /** Gives up with the signal's reason. */
  readonly signal: AbortSignal;
  /** How long the kernel may take to answer, in milliseconds; a minute where nothing is said. */
  readonly startMs?: number;
  /** How long it may take to end by itself, in milliseconds; 5 s where nothing is said. */
  readonly shutdownMs?: number;
}

/**
 * Starts `LAUNCHER kernel --no-history -f FILE` and waits until it answers.
 *
 * @throws {KernelDied} when it cannot be started, ends, or does not answer in time.
 * @throws the signal's reason when it aborts.
 */
export async function startOwnKernel(
  { launcher, device, ...options }: OwnKernelOptions,
): Promise<KernelProcess> {
  return await KernelProcess.start({
    ...options,
    command: (file) => [...launcher, "kernel", "--no-history", "-f", file],
    // Named by whoever runs the notebook: goes before the board that it remembers.
    env: device === undefined ? {} : { [CHOSEN_DEVICE]: device },
  });
}
