/** Reads the arguments of pickle's opcodes from bytes. Never reads past their end. */

import { malformed, PickleError } from "./pickle_error.ts";

const LF = 0x0a;

/** Decimal digits take time by the square of their number; binary ones have no such limit. */
const MAX_DECIMAL_DIGITS = 20_000;

export class PickleBytes {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  take(count: number): Uint8Array {
    const end = this.#at + count;
    if (!(end <= this.#data.length)) {
      throw new PickleError("truncated", "The pickle ends in the middle.");
    }
    const bytes = this.#data.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  uint8(): number {
    return this.take(1)[0];
  }

  uint16(): number {
    this.take(2);
    return this.#view.getUint16(this.#at - 2, true);
  }

  int32(): number {
    this.take(4);
    return this.#view.getInt32(this.#at - 4, true);
  }

  uint32(): number {
    this.take(4);
    return this.#view.getUint32(this.#at - 4, true);
  }

  /** A length of eight bytes. One that no file has is refused by {@linkcode take}. */
  uint64(): number {
    this.take(8);
    return Number(this.#view.getBigUint64(this.#at - 8, true));
  }

  float64(): number {
    this.take(8);
    return this.#view.getFloat64(this.#at - 8, false);
  }

  /** A line of protocol 0, without its end; one character a byte. */
  line(): string {
    const end = this.#data.indexOf(LF, this.#at);
    if (end === -1) throw new PickleError("truncated", "The pickle ends in the middle of a line.");
    const text = latin1(this.take(end - this.#at));
    this.#at++;
    return text;
  }

  utf8(length: number): string {
    const bytes = this.take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      // Python writes lone surrogates with "surrogatepass"; WTF-8 has the same bytes.
      return decodeSurrogates(bytes);
    }
  }

  /** A number in two's complement, little-endian. */
  signed(length: number): bigint {
    return signedNumber(this.take(length));
  }

  decimal(): bigint {
    return decimalNumber(this.line().replace(/L$/, ""));
  }
}

export function decimalNumber(text: string): bigint {
  const digits = text.trim();
  if (digits.length > MAX_DECIMAL_DIGITS || !/^[+-]?\d+$/.test(digits)) {
    throw malformed(`"${digits.slice(0, 20)}" is no number`);
  }
  return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits.replace("+", ""));
}

export function signedNumber(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  let hex = "";
  for (let i = bytes.length - 1; i >= 0; i--) hex += bytes[i].toString(16).padStart(2, "0");
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

/** Text with one character a byte. */
export function latin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return parts.join("");
}

/** UTF-8 in which surrogates stand as three bytes each. */
function decodeSurrogates(bytes: Uint8Array): string {
  const text = latin1(bytes).replace(
    /\xed([\xa0-\xbf])([\x80-\xbf])|[\0-\x7f]+|[\xc2-\xf4][\x80-\xbf]+/g,
    (part, high?: string, low?: string) => {
      if (high !== undefined && low !== undefined) {
        return String.fromCharCode(
          0xd000 | (high.charCodeAt(0) & 0x3f) << 6 | low.charCodeAt(0) & 0x3f,
        );
      }
      const raw = Uint8Array.from(part, (char) => char.charCodeAt(0));
      return new TextDecoder().decode(raw);
    },
  );
  return text;
}

/** `text` of one character a byte, as bytes; undefined where it is none. */
export function bytesOfLatin1(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return undefined;
    bytes[i] = code;
  }
  return bytes;
}
