/** Gets hold of boards, each by its kind of source. */

import type { Product } from "@/cli/main.ts";
import type { Simulator } from "@/cli/sim.ts";
import type { Environment } from "@/config/environment.ts";
import type { BoardSpec, Source } from "./bench.ts";
import type { MountBoard } from "./mount.ts";
import { takePlace } from "./mount_place.ts";
import { findBoard } from "./mount_real.ts";
import { startBoard } from "./mount_started.ts";

/** What boards are got hold of with. */
export interface MountOptions {
  readonly environment: Environment;
  readonly product: Product;
  /** Starts simulated boards. */
  readonly simulator: Simulator;
}

/** Mounts any board that a bench can name. */
export function mountBoards(options: MountOptions): MountBoard {
  return async (spec, waiting) => {
    const { source } = spec;
    switch (source.kind) {
      case "sim":
      case "qemu":
        return await startBoard(of(spec, source), { ...options, ...waiting });
      case "usb":
      case "uid":
      case "url":
        return await findBoard(of(spec, source), { ...options, ...waiting });
      case "place":
        return await takePlace(of(spec, source), { ...options, ...waiting });
    }
  };
}

/** A board's description, whose source is known to be of one kind. */
function of<S extends Source>(spec: BoardSpec, source: S): BoardSpec & { readonly source: S } {
  return { ...spec, source };
}
