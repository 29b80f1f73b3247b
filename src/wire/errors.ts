/** What can go wrong between two ZMTP sockets. */

import { IotError } from "@/base/errors.ts";

/**
 * Why a socket or connection failed:
 * - `greeting`: the peer does not speak ZMTP 3 with the NULL mechanism;
 * - `handshake`: it does, but its READY is no good, or it refused ours;
 * - `frame`: a frame that the protocol does not allow;
 * - `limit`: more bytes, frames or subscriptions than we are willing to hold;
 * - `timeout`: nothing came before a deadline;
 * - `gone`: the peer closed the connection;
 * - `closed`: this side closed it;
 * - `address`: the endpoint cannot be listened on.
 */
export type ZmtpFailure =
  | "greeting"
  | "handshake"
  | "frame"
  | "limit"
  | "timeout"
  | "gone"
  | "closed"
  | "address";

/** A ZMTP connection or socket failed. It never takes more than that connection with it. */
export class ZmtpError extends IotError {
  override readonly name = "ZmtpError";
  readonly code: ZmtpFailure;

  constructor(code: ZmtpFailure, message: string, options?: ErrorOptions) {
    super(message, 3, options);
    this.code = code;
  }
}
