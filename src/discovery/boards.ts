/** What commands may ask of boards. */

import type { Devices } from "./devices.ts";

/**
 * The boards, as commands see them: those of the session, whose current one can be changed, or one
 * that is borrowed, which is the current one then.
 */
export type Boards = Pick<
  Devices,
  | "awaitReturn"
  | "borrow"
  | "chosen"
  | "connect"
  | "connected"
  | "current"
  | "disconnect"
  | "discover"
  | "found"
  | "locate"
  | "nameOf"
  | "names"
  | "openLine"
  | "register"
  | "rest"
  | "unregister"
  | "use"
>;
