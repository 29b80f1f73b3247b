/** A part of a value that cannot go from a board to this computer or back. */

import { IotError } from "@/base/errors.ts";

/** What cannot cross, and why. */
export interface Obstacle {
  /** `store`: board to host; `restore`: host to board. */
  readonly verb: "store" | "restore";
  /** E.g. `config["pins"][2]`. */
  readonly part: string;
  /** A sentence without a capital. */
  readonly reason: string;
}

/** `Cannot store config["pins"][2]: a Pin does not cross between board and host.` */
export class CannotCross extends IotError {
  override readonly name = "CannotCross";
  readonly part: string;
  readonly reason: string;

  constructor({ verb, part, reason }: Obstacle) {
    super(`Cannot ${verb} ${part}: ${reason}`, 1);
    this.part = part;
    this.reason = reason;
  }
}
