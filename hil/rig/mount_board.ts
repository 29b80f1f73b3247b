/** Gets hold of boards, each by its kind of source. */

import type { Simulator } from "@/cli/sim.ts";
import type { Environment } from "@/config/environment.ts";
import type { BoardSpec, Source } from "./bench.ts";
import type { MountBoard } from "./mount.ts";
import { startBoard } from "./mount_started.ts";
import { RigError } from "./rig_error.ts";

/** What boards are got hold of with. */
export interface MountOptions {
  readonly environment: Environment;
  /** Starts simulated boards. */
  readonly simulator: Simulator;
}

/** Mounts any board that a bench can name. */
export function mountBoards(options: MountOptions): MountBoard {
  return async (spec, { signal }) => {
    switch (spec.source.kind) {
      case "sim":
      case "qemu":
        return await startBoard(of(spec, spec.source), { ...options, signal });
      default:
        throw new RigError("broken", spec.name, `Boards by ${spec.source.kind} cannot be had yet.`);
    }
  };
}

/** A board's description, whose source is known to be of one kind. */
function of<S extends Source>(spec: BoardSpec, source: S): BoardSpec & { readonly source: S } {
  return { ...spec, source };
}
