/** A rig as `bench.yaml` describes it: data, of which nothing is open yet. */

import type { Position } from "@/config/problem.ts";

/** What a bench file says. */
export interface Bench {
  /** The file's path. */
  readonly path: string;
  /** In the order of the file. */
  readonly boards: readonly BoardSpec[];
}

/** One board of the rig. */
export interface BoardSpec {
  /** What reports call it. */
  readonly name: string;
  readonly source: Source;
  /** What it can do that code cannot find out by itself: `wifi`. */
  readonly has: readonly string[];
  readonly wiring: Wiring;
  /** How its power is switched; undefined where nobody can. */
  readonly power?: PowerControl;
  /** Further addresses at which the checks of transports meet it, e.g. `ws://10.0.0.7`. */
  readonly transports: readonly string[];
  /** Checks that are known to fail here, as globs of their names, each with its reason. */
  readonly quirks: Readonly<Record<string, string>>;
  readonly timeouts: BoardTimeouts;
  /** Where the file says so. */
  readonly at: Position;
}

/** Where a board comes from. */
export type Source =
  /** A USB port of this computer. All that is given must match; hexadecimal without `0x`. */
  | {
    readonly kind: "usb";
    readonly vendor?: string;
    readonly product?: string;
    readonly serial?: string;
    /** As the kernel names it: `1-1.2`. */
    readonly location?: string;
  }
  /** Whatever answers with this UID. */
  | { readonly kind: "uid"; readonly uid: string }
  /** Whatever answers there: on another machine, `rfc2217://rig2:4000`. */
  | { readonly kind: "url"; readonly url: string }
  /** An emulated board, which the runner starts. */
  | { readonly kind: "qemu"; readonly machine: "microbit"; readonly through?: Through }
  /** A simulated board, which the runner starts. */
  | {
    readonly kind: "sim";
    readonly profile: string;
    /** How it is reached: a pseudo-terminal where nothing is said. */
    readonly transport: "pty" | "tcp" | "ws" | "mp";
    readonly through?: Through;
    /** As `iot sim --fault` takes them. */
    readonly faults: readonly string[];
    readonly seed?: number;
  }
  /** A place of a labgrid coordinator. */
  | { readonly kind: "place"; readonly place: string };

/** A server that the runner puts between itself and a board's port. */
export type Through = "ser2net";

/** What is soldered or plugged together. */
export interface Wiring {
  /** Two pins that are connected; as `machine.Pin` takes them. */
  readonly loopback?: { readonly out: number | string; readonly in: number | string };
  /** A bus, and the addresses of what is on it. */
  readonly i2c?: {
    readonly id?: number;
    readonly scl: number | string;
    readonly sda: number | string;
    readonly addresses: readonly number[];
  };
}

/** How a board's power is switched. */
export type PowerControl =
  /** A port of a hub, as `uhubctl -l LOCATION -p PORT` means it. */
  | { readonly kind: "uhubctl"; readonly location: string; readonly port: number }
  /** Commands for a shell. */
  | { readonly kind: "commands"; readonly on: string; readonly off: string };

/** How long things may take on a board, in milliseconds, where it is not as usual. */
export interface BoardTimeouts {
  /** One check. */
  readonly checkMs?: number;
  /** From power or reset to the first prompt. */
  readonly bootMs?: number;
  /** For its place, while others have it. */
  readonly waitMs?: number;
}
