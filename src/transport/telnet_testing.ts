/** A telnet server for tests, written from RFC 854 and no other: what it hears, and what it says. */

import type { FarCodec, FarConn } from "./conn_testing.ts";

/** Characters as they go over the line, one byte each. */
export const [IAC, SB, SE] = ["\xff", "\xfa", "\xf0"];
export const [WILL, WONT, DO, DONT] = ["\xfb", "\xfc", "\xfd", "\xfe"];
export const [BINARY, ECHO, SGA, COM_PORT] = ["\x00", "\x01", "\x03", "\x2c"];

/** What the client asks for when it has connected. */
export const ASKED = IAC + WILL + BINARY + IAC + WILL + SGA + IAC + DO + BINARY + IAC + DO + SGA;

/** Bytes both ways: 0xff doubled, nothing else changed. Commands from the client are dropped. */
export class BinaryCodec implements FarCodec {
  /** The client's commands, one byte a character, without their IAC. */
  readonly commands: string[] = [];
  #command: string | undefined;

  encode(data: Uint8Array): Uint8Array {
    const escaped = new Uint8Array(2 * data.length);
    let length = 0;
    for (const byte of data) {
      escaped[length++] = byte;
      if (byte === 0xff) escaped[length++] = byte;
    }
    return escaped.subarray(0, length);
  }

  decode(bytes: Uint8Array): Uint8Array {
    const data: number[] = [];
    for (const byte of bytes) {
      if (this.#command === undefined) {
        if (byte === 0xff) this.#command = "";
        else data.push(byte);
      } else if (this.#command === "" && byte === 0xff) {
        data.push(byte);
        this.#command = undefined;
      } else {
        this.#command += String.fromCharCode(byte);
        if (!isWhole(this.#command)) continue;
        this.commands.push(this.#command);
        this.#command = undefined;
      }
    }
    return Uint8Array.from(data);
  }
}

function isWhole(command: string): boolean {
  if (command[0] === SB) return command.endsWith(IAC + SE);
  return command.length === (command[0] >= WILL ? 2 : 1);
}

/** Text both ways: besides, a CR that is not a line's end is followed by NUL. */
export class TextCodec extends BinaryCodec {
  #afterCr = false;

  override encode(data: Uint8Array): Uint8Array {
    const cooked = new Uint8Array(2 * data.length);
    let length = 0;
    for (const byte of data) {
      cooked[length++] = byte;
      if (byte === 0x0d) cooked[length++] = 0;
    }
    return super.encode(cooked.subarray(0, length));
  }

  override decode(bytes: Uint8Array): Uint8Array {
    return super.decode(bytes).filter((byte) => {
      const padding = this.#afterCr && byte === 0;
      this.#afterCr = byte === 0x0d;
      return !padding;
    });
  }
}

/** Agrees to bytes both ways. */
export async function serveBinary(far: FarConn): Promise<BinaryCodec> {
  await far.until(ASKED);
  await far.write(IAC + DO + BINARY + IAC + DO + SGA + IAC + WILL + BINARY + IAC + WILL + SGA);
  return new BinaryCodec();
}

/** Refuses all. */
export async function serveText(far: FarConn): Promise<TextCodec> {
  await far.until(ASKED);
  await far.write(IAC + DONT + BINARY + IAC + DONT + SGA + IAC + WONT + BINARY + IAC + WONT + SGA);
  return new TextCodec();
}
