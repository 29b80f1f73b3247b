/** Helpers for runs of bytes. */

const ENCODER = new TextEncoder();

/** `text` in UTF-8. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(text);
}

/** All `parts` in one array. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Where `needle` first occurs in `haystack` at or after `from`, or -1. */
export function indexOfBytes(haystack: Uint8Array, needle: Uint8Array, from = 0): number {
  const last = haystack.length - needle.length;
  for (let at = haystack.indexOf(needle[0], from); at !== -1 && at <= last;) {
    let matched = 1;
    while (matched < needle.length && haystack[at + matched] === needle[matched]) matched++;
    if (matched === needle.length) return at;
    at = haystack.indexOf(needle[0], at + 1);
  }
  return -1;
}

/**
 * Bytes from a board as text for a message: ASCII as it is, line ends and everything else escaped
 * as in Python (`\r\n`, `\x04`), the last `limit` bytes of it, in double quotes.
 */
export function printable(bytes: Uint8Array, limit = 60): string {
  let text = bytes.length > limit ? "…" : "";
  for (const byte of bytes.subarray(Math.max(0, bytes.length - limit))) {
    if (byte === 0x0d) text += "\\r";
    else if (byte === 0x0a) text += "\\n";
    else if (byte === 0x22 || byte === 0x5c) text += "\\" + String.fromCharCode(byte);
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += "\\x" + byte.toString(16).padStart(2, "0");
  }
  return `"${text}"`;
}
