/** What tells contents apart: SHA-256, or Adler-32 where a board has no hashlib. */

import type { BoardAbilities } from "./board_abilities.ts";
import type { WantedFile } from "./board_files.ts";
import adler from "./digest_adler.py" with { type: "text" };
import sha256 from "./digest_sha256.py" with { type: "text" };

/** One way to tell contents apart. */
export interface ContentDigest {
  /** Python that defines `digest(path)`. */
  readonly python: string;
  readonly bytes: number;
  /** How long a slow board is silent over a byte, in milliseconds. */
  readonly msPerByte: number;
  /** The digest of a wanted file's content. */
  of(file: Pick<WantedFile, "sha256" | "read">): Promise<Uint8Array>;
  ofContent(content: Uint8Array): Promise<Uint8Array>;
}

/** SHA-256, in hashlib. */
export const SHA256: ContentDigest = {
  python: sha256,
  bytes: 32,
  // An ESP8266 reads and hashes some 100 KB a second.
  msPerByte: 0.02,
  of: (file) => Promise.resolve(file.sha256),
  ofContent: async (content) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(content))),
};

const ADLER: ContentDigest = {
  python: adler,
  bytes: 4,
  // A loop of Python.
  msPerByte: 0.1,
  of: async (file) => adler32(await file.read()),
  ofContent: (content) => Promise.resolve(adler32(content)),
};

/** The best that a board can do. */
export function contentDigest(abilities: Pick<BoardAbilities, "sha256">): ContentDigest {
  return abilities.sha256 ? SHA256 : ADLER;
}

/** The largest prime below 2^16; RFC 1950, section 9. */
const ADLER_BASE = 65_521;

/** Adler-32 (RFC 1950), high byte first. */
export function adler32(content: Uint8Array): Uint8Array<ArrayBuffer> {
  let a = 1;
  let b = 0;
  for (const byte of content) {
    a = (a + byte) % ADLER_BASE;
    b = (b + a) % ADLER_BASE;
  }
  return Uint8Array.of(b >> 8, b & 0xff, a >> 8, a & 0xff);
}
