/**
 * Frames of the WebSocket protocol, as bytes: how a client sends them, how it reads a server's.
 *
 * Source of all numbers: RFC 6455, section 5.2.
 */

import { concat } from "@/base/bytes.ts";

/** What a frame is. */
export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** The last frame of its message. */
const FIN = 0x80;
const RESERVED_BITS = 0x70;
const OPCODE_BITS = 0x0f;
const MASKED = 0x80;
const LENGTH_BITS = 0x7f;
/** Lengths that say that the length follows, in two or in eight bytes. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;
/** RFC 6455, section 5.5. */
const MAX_CONTROL_BYTES = 125;

/**
 * A whole message in one frame, masked as a client must. Its length is written in 16 bits at most:
 * a stock WebREPL stops at the eight-byte form (MicroPython, extmod/modwebsocket.c).
 *
 * @param payload at most 65,535 bytes
 */
export function clientFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = length < LENGTH_16
    ? [FIN | opcode, MASKED | length]
    : [FIN | opcode, MASKED | LENGTH_16, length >> 8, length & 0xff];
  const frame = new Uint8Array(head.length + MASK_BYTES + length);
  frame.set(head);
  const mask = crypto.getRandomValues(frame.subarray(head.length, head.length + MASK_BYTES));
  const masked = frame.subarray(head.length + MASK_BYTES);
  for (let i = 0; i < length; i++) masked[i] = payload[i] ^ mask[i % MASK_BYTES];
  return frame;
}

/** A control frame that has come whole. */
export interface Control {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** What a piece of the stream held. */
export interface Unframed {
  /** Payload of text, binary and continuation frames, one after the other. */
  readonly data: Uint8Array;
  readonly controls: readonly Control[];
  /** What is no frame; nothing is read after that. */
  readonly fault?: string;
}

/**
 * Takes frames from a server apart, wherever the stream is cut. Payload is handed on as it comes,
 * whatever a frame's length; text is not looked at, as a WebREPL's may end in mid-character.
 */
export class FrameReader {
  /** The head of a frame, as far as it has come. */
  #head: number[] = [];
  #opcode = 0;
  /** How much of a frame's payload is to come; undefined while its head is read. */
  #left: number | undefined;
  #control: Uint8Array[] = [];
  #fault: string | undefined;

  push(bytes: Uint8Array): Unframed {
    const data: Uint8Array[] = [];
    const controls: Control[] = [];
    for (let at = 0; at < bytes.length && this.#fault === undefined;) {
      if (this.#left === undefined) {
        this.#readHead(bytes[at++]);
      } else {
        const part = bytes.subarray(at, at + this.#left);
        at += part.length;
        this.#left -= part.length;
        (this.#isControl() ? this.#control : data).push(part);
      }
      if (this.#left === 0) this.#endFrame(controls);
    }
    const fault = this.#fault;
    return { data: concat(data), controls, ...(fault !== undefined && { fault }) };
  }

  #isControl(): boolean {
    return this.#opcode >= OPCODE.close;
  }

  #readHead(byte: number): void {
    this.#head.push(byte);
    const [first, second] = this.#head;
    if (second === undefined) {
      this.#opcode = first & OPCODE_BITS;
      const known = (Object.values(OPCODE) as number[]).includes(this.#opcode);
      if (!known || (first & RESERVED_BITS) !== 0) {
        this.#fault = `a frame that begins with 0x${first.toString(16).padStart(2, "0")}`;
      }
      return;
    }
    if ((second & MASKED) !== 0) {
      this.#fault = "a masked frame, which only clients send";
      return;
    }
    const short = second & LENGTH_BITS;
    if (this.#isControl() && short > MAX_CONTROL_BYTES) {
      this.#fault = "a control frame that is too long";
      return;
    }
    const lengthBytes = short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0;
    if (this.#head.length < 2 + lengthBytes) return;
    const extended = this.#head.slice(2).reduce((sum, byte) => sum * 256 + byte, 0);
    this.#left = lengthBytes === 0 ? short : extended;
    this.#head = [];
  }

  #endFrame(controls: Control[]): void {
    this.#left = undefined;
    if (!this.#isControl()) return;
    controls.push({ opcode: this.#opcode, payload: concat(this.#control) });
    this.#control = [];
  }
}
