/**
 * Python's text as tokens, as far as `secrets.py` needs them. Nothing is ever executed.
 *
 * Source: The Python Language Reference, "Lexical analysis".
 */

/** A piece of Python. `newline` ends a statement, `indent` begins one inside of another. */
export type Token =
  & TokenPlace
  & (
    | {
      readonly kind: "newline" | "indent" | "name" | "operator" | "unknown";
      readonly text: string;
    }
    | { readonly kind: "number"; readonly text: string }
    | { readonly kind: "string"; readonly value: string | Uint8Array<ArrayBuffer> }
    /** `f"…"`: its value is known only when it runs. */
    | { readonly kind: "format"; readonly text: string }
  );

interface TokenPlace {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** The text is no Python. */
export class PythonSyntaxError extends Error {
  override readonly name = "PythonSyntaxError";
  readonly line: number;
  readonly column: number;

  constructor(message: string, { line, column }: TokenPlace) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

const SPACE = /[ \t\f]*(?:\\\r?\n[ \t\f]*)*(?:#[^\r\n]*)?/y;
const NEWLINE = /\r?\n|\r/y;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}_]*/uy;
const NUMBER =
  /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y;
const STRING_START =
  /([rR]|[uU]|[bB]|[fF]|[tT]|[bB][rR]|[rR][bB]|[fFtT][rR]|[rR][fFtT])?("""|'''|"|')/y;
const OPERATOR =
  /\*\*=|\/\/=|<<=|>>=|\.\.\.|\*\*|\/\/|<<|>>|<=|>=|==|!=|->|:=|[-+*\/%@&|^]=|[-+*\/%@&|^~<>()[\]{},:.;=]/y;

/**
 * Splits `source` into tokens. Inside brackets, newlines are spaces.
 *
 * @throws {PythonSyntaxError} when a string or bracket is not closed.
 */
export function tokenize(source: string): Token[] {
  return new Tokenizer(source.replace(/^\ufeff/, "")).run();
}

class Tokenizer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  /** Where each open bracket is. */
  readonly #open: TokenPlace[] = [];
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    let isLineStart = true;
    while (this.#at < this.#source.length) {
      const from = this.#at;
      this.#take(SPACE);
      const place = this.#place();
      const newline = this.#take(NEWLINE);
      if (newline !== undefined) {
        if (!isLineStart && this.#open.length === 0) {
          this.#push({ kind: "newline", text: "", ...place });
        }
        isLineStart = this.#open.length === 0;
        continue;
      }
      if (this.#at >= this.#source.length) break;
      if (isLineStart && this.#at > from) this.#push({ kind: "indent", text: "", ...place });
      isLineStart = false;
      this.#next(place);
    }
    const open = this.#open.at(-1);
    if (open !== undefined) throw new PythonSyntaxError("a bracket is not closed", open);
    if (!isLineStart) this.#push({ kind: "newline", text: "", ...this.#place() });
    return this.#tokens;
  }

  #next(place: TokenPlace): void {
    const start = this.#match(STRING_START);
    if (start) return this.#string(start[1] ?? "", start[2], place);
    const name = this.#take(NAME);
    if (name !== undefined) {
      return this.#push({ kind: "name", text: name.normalize("NFKC"), ...place });
    }
    const number = this.#take(NUMBER);
    if (number !== undefined) return this.#push({ kind: "number", text: number, ...place });
    const text = this.#take(OPERATOR);
    if (text === undefined) {
      const letter = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
      this.#at += letter.length;
      return this.#push({ kind: "unknown", text: letter, ...place });
    }
    if (/^[([{]$/.test(text)) this.#open.push(place);
    if (/^[)\]}]$/.test(text)) this.#open.pop();
    this.#push({ kind: "operator", text, ...place });
  }

  #string(prefix: string, quote: string, place: TokenPlace): void {
    const flags = prefix.toLowerCase();
    const from = this.#at;
    for (;;) {
      const letter = this.#source[this.#at];
      if (letter === undefined || (quote.length === 1 && /[\r\n]/.test(letter))) {
        throw new PythonSyntaxError("a string is not closed", place);
      }
      if (this.#source.startsWith(quote, this.#at)) break;
      this.#advance(letter === "\\" ? (this.#source.startsWith("\r\n", this.#at + 1) ? 3 : 2) : 1);
    }
    const body = this.#source.slice(from, this.#at).replace(/\r\n?/g, "\n");
    this.#at += quote.length;
    if (/[ft]/.test(flags)) return this.#push({ kind: "format", text: body, ...place });
    const raw = flags.includes("r");
    const value = flags.includes("b")
      ? bytesOf(raw ? body : unescape(body, { bytes: true, place }), place)
      : raw
      ? body
      : unescape(body, { bytes: false, place });
    this.#push({ kind: "string", value, ...place });
  }

  #push(token: Token): void {
    this.#tokens.push(token);
  }

  #place(): TokenPlace {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match !== null) this.#advance(match[0].length);
    return match;
  }

  #take(pattern: RegExp): string | undefined {
    return this.#match(pattern)?.[0];
  }

  /** Goes on by `count` letters, and counts the lines among them. */
  #advance(count: number): void {
    const passed = this.#source.slice(this.#at, this.#at + count);
    for (const { index, 0: newline } of passed.matchAll(/\r\n?|\n/g)) {
      this.#line++;
      this.#lineStart = this.#at + index + newline.length;
    }
    this.#at += count;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** An unknown escape stands for itself, backslash and all, as Python has it. */
function unescape(body: string, { bytes, place }: { bytes: boolean; place: TokenPlace }): string {
  const pattern = bytes
    ? /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|([^0-7]))/g
    : /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^0-7]))/g;
  return body.replace(pattern, (escape, octal, ...rest) => {
    const letter: string | undefined = rest[bytes ? 1 : 3];
    const hex: string | undefined = bytes ? rest[0] : rest[0] ?? rest[1] ?? rest[2];
    const code = octal !== undefined ? parseInt(octal, 8) : parseInt(hex ?? "", 16);
    if (!Number.isNaN(code)) {
      if (code > 0x10ffff) throw new PythonSyntaxError(`"${escape}" is no character`, place);
      return String.fromCodePoint(bytes ? code & 0xff : code);
    }
    if (letter !== undefined && Object.hasOwn(ESCAPES, letter)) return ESCAPES[letter];
    const needsMore = bytes ? "x" : "xuUN";
    if (letter !== undefined && needsMore.includes(letter)) {
      throw new PythonSyntaxError(`"\\${letter}" cannot be read`, place);
    }
    return escape;
  });
}

/** One byte a letter. */
function bytesOf(text: string, place: TokenPlace): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (letter) => {
    const code = letter.charCodeAt(0);
    if (code > 0xff) throw new PythonSyntaxError("bytes hold only ASCII letters", place);
    return code;
  });
}
