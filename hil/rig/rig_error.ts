/** The rig failed, not the product: reports keep the two apart. */

import { IotError } from "@/base/errors.ts";

/**
 * Why the rig is not as its file says:
 * - `missing`: the board is not there;
 * - `other`: another board is where it should be;
 * - `locked`: another run, or another program, holds it;
 * - `power`: its power cannot be switched;
 * - `broken`: what the rig is made of (QEMU, ser2net, labgrid) does not work.
 */
export type RigFailure = "missing" | "other" | "locked" | "power" | "broken";

/** A board of the rig cannot be had. */
export class RigError extends IotError {
  override readonly name = "RigError";
  readonly code: RigFailure;
  /** What the bench file calls the board. */
  readonly board: string;

  constructor(code: RigFailure, board: string, message: string, options?: ErrorOptions) {
    super(message, 1, options);
    this.code = code;
    this.board = board;
  }
}
