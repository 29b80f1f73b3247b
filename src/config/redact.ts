/**
 * Keeps secrets out of what we say ourselves: errors, logs, traces. What a board prints and what a
 * file holds is the user's own, and shown as it is.
 */

import { printable } from "@/base/bytes.ts";
import type { Environment } from "./environment.ts";
import { Secrets } from "./secrets.ts";

/** What stands where a secret stood. */
export const REDACTED = "***";

/** Shorter texts are words of every message, and no secrets (contract, 1.3). */
const MIN_SECRET_UNITS = 4;

/** Replaces texts, in any of the spellings that programs give them on their way into a message. */
export class Redaction {
  /** No spelling of any of them is longer, in UTF-16 units; 0 where there are none. */
  readonly longest: number;
  readonly #pattern: RegExp | undefined;

  /** @param texts what must not be shown; those of less than four characters may be */
  constructor(texts: Iterable<string>) {
    // The longest first: one secret may begin with another, and then the rest would be left.
    const byLength = (a: string, b: string) => b.length - a.length;
    const secrets = [...new Set([...texts].flatMap(partsOf))].sort(byLength);
    let longest = 0;
    const patterns = new Set(secrets.flatMap((secret) => {
      const spellings = spellingsOf(secret).sort(byLength);
      const inUrl = "%00".length * new TextEncoder().encode(secret).length;
      longest = Math.max(longest, spellings[0].length, inUrl);
      return [...spellings.map((text) => RegExp.escape(text)), urlPattern(secret)];
    }));
    this.longest = longest;
    if (patterns.size > 0) this.#pattern = new RegExp([...patterns].join("|"), "g");
  }

  /** `text` without them. */
  redact(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, REDACTED);
  }

  /** Where in `text` they stand: each as the index of its first letter and of that behind its last. */
  find(text: string): [from: number, to: number][] {
    if (this.#pattern === undefined) return [];
    return [...text.matchAll(this.#pattern)].map(({ index, 0: { length } }) => [
      index,
      index + length,
    ]);
  }
}

/** What of a text must not be shown: all of it, and each line, for a message may quote just one. */
function partsOf(secret: string): string[] {
  const lines = /[\r\n]/.test(secret) ? secret.split(/[\r\n]+/) : [];
  return [secret, secret.trim(), ...lines.map((line) => line.trim())]
    .filter((text) => [...text].length >= MIN_SECRET_UNITS);
}

/** A text as it looks in a repr, in JSON, in base64 and in hex. */
function spellingsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const latin1 = new TextDecoder("latin1").decode(bytes);
  const escaped = [
    ...["'", '"'].map((quote) => reprOf(secret, quote)),
    ...["'", '"'].map((quote) => reprOf(latin1, quote, { ascii: true })), // b'…'
    reprOf(secret, "'", { ascii: true }),
    printable(bytes, bytes.length).slice(1, -1),
    JSON.stringify(secret).slice(1, -1),
  ];
  return [
    ...escaped,
    // A repr within a repr, as when an error shows code that was sent to the board.
    ...escaped.map((text) => text.replaceAll("\\", "\\\\")),
    ...base64Cores(bytes),
    bytes.toHex(),
    bytes.toHex().toUpperCase(),
  ];
}

/** The inside of Python's `repr(text)`, in the quotes given. */
function reprOf(text: string, quote: string, { ascii = false } = {}): string {
  // deno-lint-ignore no-control-regex -- control characters are what is escaped
  const special = ascii ? /[\\\x00-\x1f\x7f-\u{10ffff}]/gu : /[\\\x00-\x1f\x7f-\xa0\xad]/gu;
  return text.replace(special, (letter) => {
    const short = SHORT_ESCAPES[letter];
    if (short !== undefined) return short;
    const code = letter.codePointAt(0)!;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
    return `\\U${code.toString(16).padStart(8, "0")}`;
  }).replaceAll(quote, `\\${quote}`);
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Which letters are percent-encoded depends on the program and the part of the URL: any may be. */
function urlPattern(text: string): string {
  return [...text].map((letter) => {
    const codes = [...new TextEncoder().encode(letter)].map((byte) => {
      const hex = byte.toString(16).padStart(2, "0");
      return "%" + hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    });
    return `(?:${RegExp.escape(letter)}|${codes.join("")}${letter === " " ? "|\\+" : ""})`;
  }).join("");
}

/**
 * What base64 makes of `bytes` wherever they stand in what is encoded, as in `user:password`: the
 * letters that depend on nothing but them, for each of the three places that they can begin at.
 */
function base64Cores(bytes: Uint8Array): string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const letters = padded.toBase64();
    const core = letters.slice(Math.ceil(before * 8 / 6), Math.floor(padded.length * 8 / 6));
    // Fewer letters than these are words.
    if (core.length < 5) return [];
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/** Knows the secrets of an environment, and reads them again when their file has changed. */
export class Redactor {
  readonly #environment: Environment;
  #stamp = "";
  #texts: readonly string[] = [];
  #redaction = new Redaction([]);
  #inBytes: Redaction | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** `text` without the string values of `secrets.py`. Never throws. */
  readonly redact = (text: string): string => {
    this.#refresh();
    return this.#redaction.redact(text);
  };

  /** For runs of bytes as text, a letter a byte. Never throws. */
  get inBytes(): Redaction {
    this.#refresh();
    const asBytes = (text: string) =>
      Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
    return this.#inBytes ??= new Redaction(this.#texts.flatMap((text) => [text, asBytes(text)]));
  }

  #refresh(): void {
    const files = this.#files();
    const stamps = files.map((file) => {
      try {
        const { mtime, size } = Deno.statSync(file);
        return `${file} ${mtime?.getTime()} ${size}`;
      } catch {
        return "";
      }
    });
    const stamp = stamps.join("\n");
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#texts = files.flatMap(textsOf);
    this.#redaction = new Redaction(this.#texts);
    this.#inBytes = undefined;
  }

  /** `$IOT_SECRETS`, and those that `rsync` would find in the libraries. */
  #files(): string[] {
    const paths = (name: "IOT_SECRETS" | "IOT_LIBS"): string[] => {
      try {
        return this.#environment.paths(name);
      } catch {
        return []; // a setting that cannot be expanded names no file
      }
    };
    const inLibraries = paths("IOT_LIBS").map((library) => `${library}/secrets.py`);
    return [...new Set([...paths("IOT_SECRETS"), ...inLibraries])];
  }
}

function textsOf(file: string): string[] {
  try {
    return [...Secrets.parse(Deno.readTextFileSync(file), file).texts()];
  } catch {
    return []; // what we cannot read we cannot give away
  }
}
