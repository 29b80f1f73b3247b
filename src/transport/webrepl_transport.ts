/** A board's REPL in the frames of a WebSocket. */

import { type LayeredOptions, LayeredTransport, type Wrapped } from "./layered_transport.ts";
import { type Transport, TransportError } from "./transport.ts";
import { clientFrame, type Control, FrameReader, OPCODE } from "./websocket_frames.ts";

/**
 * How much is sent to a board that says nothing meanwhile. Its network takes more, but what a
 * program does not read at once goes to a ring of 256 bytes (ESP8266) or 260 (ESP32), and what does
 * not fit there is lost.
 */
export interface WebReplPacing {
  /** Bytes in a frame, at most. */
  readonly frameBytes: number;
  /** Bytes sent before the board has a pause, unless it has said something. */
  readonly burstBytes: number;
  readonly pauseMs: number;
}

/** What fits a ring of 256 bytes, and the pause that MicroPython's own tools make between two. */
export const DEFAULT_WEBREPL_PACING: WebReplPacing = {
  frameBytes: 255,
  burstBytes: 256,
  pauseMs: 10,
};

/** How a {@linkcode WebReplTransport} behaves. */
export interface WebReplTransportOptions extends LayeredOptions {
  readonly pacing: WebReplPacing;
  /** Waits; tests count the milliseconds instead. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Bytes within text frames, which need not be text. */
export class WebReplTransport extends LayeredTransport {
  readonly endsOnRestart = true;
  readonly #reader = new FrameReader();
  readonly #pacing: WebReplPacing;
  readonly #sleep: (ms: number) => Promise<void>;
  /** What was sent since the board last said something, or had a pause. */
  #burst = 0;
  /** Whether an answer to a ping is on its way. A second one would not tell more. */
  #ponging = false;

  constructor(line: Transport, { pacing, sleep, ...options }: WebReplTransportOptions) {
    super(line, options);
    this.#pacing = pacing;
    this.#sleep = sleep;
  }

  protected unwrap(bytes: Uint8Array): Uint8Array {
    const { data, controls, fault } = this.#reader.push(bytes);
    // A board that answers reads what it is sent: it is its protocol that says how much it takes.
    if (data.length > 0) this.#burst = 0;
    for (const control of controls) this.#heed(control);
    if (fault !== undefined) this.end(this.#gone(`it sent ${fault}, which breaks the protocol`));
    return data;
  }

  protected override async readyToSend(): Promise<void> {
    if (this.#burst < this.#pacing.burstBytes) return;
    await this.#sleep(this.#pacing.pauseMs);
    this.#burst = 0;
  }

  protected wrap(data: Uint8Array): Wrapped {
    const { frameBytes, burstBytes } = this.#pacing;
    const count = Math.min(data.length, frameBytes, burstBytes - this.#burst);
    this.#burst += count;
    return { bytes: clientFrame(OPCODE.text, data.subarray(0, count)), count };
  }

  protected override farewell(): Uint8Array {
    // Without a reason: a stock WebREPL takes a control frame's payload for something typed.
    return clientFrame(OPCODE.close, new Uint8Array());
  }

  #heed({ opcode, payload }: Control): void {
    if (opcode === OPCODE.close) {
      const reason = new TextDecoder().decode(payload.subarray(2));
      this.end(this.#gone(`it closed the connection${reason === "" ? "" : ` (${reason})`}`));
    } else if (opcode === OPCODE.ping && !this.#ponging) {
      this.#ponging = true;
      this.reply(clientFrame(OPCODE.pong, payload)).finally(() => this.#ponging = false);
    }
  }

  #gone(why: string): TransportError {
    return new TransportError(
      "gone",
      this.address,
      `${this.address} went away: ${why}. Connect again when it is back.`,
    );
  }
}
