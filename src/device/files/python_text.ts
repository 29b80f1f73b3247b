/** Python's literals: written for a board, and read from one. Pure. */

/** A literal for `text` in printable ASCII, without quotes of the other kind or line ends. */
export function pythonString(text: string): string {
  return `"${
    Array.from(text, (char) => {
      const code = char.codePointAt(0)!;
      if (code >= 0x20 && code < 0x7f && !`"'\\`.includes(char)) return char;
      if (code < 0x80) return `\\x${hex(code, 2)}`;
      return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
    }).join("")
  }"`;
}

/** A literal for `bytes`, likewise. */
export function pythonBytes(bytes: Uint8Array): string {
  return `b"${Array.from(bytes, bytesLiteral).join("")}"`;
}

const NAMED: ReadonlyMap<number, string> = new Map([[0x09, "\\t"], [0x0a, "\\n"], [0x0d, "\\r"]]);

/** What stands for one byte in {@linkcode pythonBytes}. */
export function bytesLiteral(byte: number): string {
  const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x27 && byte !== 0x5c;
  if (plain) return String.fromCharCode(byte);
  return NAMED.get(byte) ?? `\\x${hex(byte, 2)}`;
}

/** Python's escapes of one letter, and what they stand for. */
const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 0x5c,
  "'": 0x27,
  '"': 0x22,
  "0": 0,
};

/** The text that `repr()` of a string stands for; undefined when it is none. */
export function readPythonString(literal: string): string | undefined {
  const codes = readLiteral(literal);
  return codes && String.fromCodePoint(...codes);
}

/** The bytes that `repr()` of a bytes object stands for; undefined when it is none. */
export function readPythonBytes(literal: string): Uint8Array<ArrayBuffer> | undefined {
  if (!literal.startsWith("b")) return undefined;
  const codes = readLiteral(literal.slice(1));
  return codes?.every((code) => code < 256) ? Uint8Array.from(codes) : undefined;
}

const PIECE = /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\([abfnrtv\\'"0])|([^\\])/suy;

function readLiteral(literal: string): number[] | undefined {
  const quote = literal[0];
  if (literal.length < 2 || !`'"`.includes(quote) || !literal.endsWith(quote)) return undefined;
  const body = literal.slice(1, -1);
  const codes: number[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < body.length) {
    const found = PIECE.exec(body);
    if (found === null) return undefined;
    const [, x, u, U, escape, char] = found;
    const digits = x ?? u ?? U;
    const code = digits !== undefined
      ? parseInt(digits, 16)
      : escape !== undefined
      ? ESCAPES[escape]
      : char.codePointAt(0)!;
    if (code > 0x10ffff) return undefined;
    codes.push(code);
  }
  return codes;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
