/** What a port of the host plugs into: a board's serial port, straight or through a line. */

import type { Listener } from "./link.ts";

/** Somewhere to send bytes to and hear them from. */
export interface Plug {
  /** Resolves when the bytes were taken, or lost on the way. */
  receive(data: Uint8Array): Promise<void>;
  /** Lets `listener` hear. */
  plugIn(listener: Listener): void;
  /** Ends what {@linkcode plugIn} began. */
  unplug(listener: Listener): void;
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
