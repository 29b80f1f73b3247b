/** What a port of the host plugs into: a board's serial port, straight or through a line. */

import type { FileDesk } from "../file_desk.ts";
import type { Overflow, Profile } from "../profiles.ts";
import type { Listener } from "./link.ts";

/**
 * What becomes of bytes that the board's receive ring cannot take: as {@linkcode Overflow} says, or
 * they are `lost` at once, as when a network stack hands over all that it has.
 */
export type Arrival = Overflow | "lost";

/** Somewhere to send bytes to and hear them from. */
export interface Plug {
  /** Resolves when the bytes were taken, or lost on the way. */
  receive(data: Uint8Array, arrival?: Arrival): Promise<void>;
  /** Lets `listener` hear. */
  plugIn(listener: Listener): void;
  /** Ends what {@linkcode plugIn} began. */
  unplug(listener: Listener): void;
}

/** What servers that run on a board use of it, besides its REPL. */
export interface Server {
  readonly profile: Profile;
  readonly fileDesk: FileDesk;
  /** Resolves when it has started, or will not; at once unless it is starting. */
  started(): Promise<void>;
  /** Prints a line of the board's own on all that hear it. */
  say(text: string): void;
  /** Calls back at each restart, when a board's sockets are closed. Returns what ends that. */
  onRestart(callback: () => void): () => void;
}

/** A port of the host that leads to a board. */
export interface Port extends AsyncDisposable {
  /** E.g. `serial:///dev/pts/3`, `tcp://127.0.0.1:4000`. */
  readonly address: string;
  /** Pulls the plug: whoever has the port open loses it, and nobody can open it. */
  unplug(): Promise<void>;
  /** Puts the plug back in. The address may have changed. */
  plugIn(): Promise<void>;
}
