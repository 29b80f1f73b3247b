/** What send.py sends, taken apart as it comes. Pure. */

import { concat } from "@/base/bytes.ts";
import { crc32, unescapeFromBoard } from "./blocks.ts";

/** What comes before the content: 16, its size in decimal, and the end of the line. */
const SIZE_SIGN = 0x16;
const REFUSED = 0x15;
const LINE_END = 0x0a;
const CRC_BYTES = 4;
const DIGEST_BYTES = 32;
const NOTHING = new Uint8Array();

/** Collects the content of one file, from an offset on. */
export class PieceReader {
  /** The whole file's size; undefined before the board has said it. */
  size: number | undefined;
  /** The error number that came in place of a file. */
  errno: number | undefined;
  /** What was sent of the digest's own piece, when it came whole. */
  digest: Uint8Array | undefined;
  /** Whether a piece was not what was sent; nothing behind it is looked at. */
  damaged = false;
  readonly #stepBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #offset: number;
  #head: Uint8Array = NOTHING;
  #escaped: Uint8Array = NOTHING;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(options: { readonly offset: number; readonly stepBytes: number }) {
    this.#offset = options.offset;
    this.#stepBytes = options.stepBytes;
  }

  /** Where the content ends that came whole. */
  get offset(): number {
    return this.#offset;
  }

  /** The content that came whole, from the offset on that was asked for. */
  get content(): Uint8Array {
    return concat(this.#pieces);
  }

  /** Takes what came. */
  push(chunk: Uint8Array): void {
    if (this.damaged || this.errno !== undefined || this.digest !== undefined) return;
    const body = this.size === undefined ? this.#readHead(chunk) : chunk;
    if (body.length === 0) return;
    const { bytes, rest } = unescapeFromBoard(
      this.#escaped.length === 0 ? body : concat([this.#escaped, body]),
    );
    this.#escaped = rest;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#readPieces();
  }

  #readHead(chunk: Uint8Array): Uint8Array {
    this.#head = concat([this.#head, chunk]);
    const at = this.#head.findIndex((byte) => byte === SIZE_SIGN || byte === REFUSED);
    const end = at === -1 ? -1 : this.#head.indexOf(LINE_END, at);
    if (end === -1) return NOTHING;
    const number = Number(new TextDecoder().decode(this.#head.subarray(at + 1, end)));
    if (!Number.isInteger(number)) this.damaged = true;
    else if (this.#head[at] === REFUSED) this.errno = number;
    else this.size = number;
    return this.size === undefined ? NOTHING : this.#head.subarray(end + 1);
  }

  #readPieces(): void {
    for (;;) {
      const left = this.size! - this.#offset;
      const wanted = (left > 0 ? Math.min(left, this.#stepBytes) : DIGEST_BYTES) + CRC_BYTES;
      if (this.#waitingBytes < wanted) return;
      const all = concat(this.#waiting);
      const piece = all.subarray(0, wanted - CRC_BYTES);
      const [a, b, c, d] = all.subarray(wanted - CRC_BYTES);
      if (crc32(piece) !== (a << 24 | b << 16 | c << 8 | d) >>> 0) {
        this.damaged = true;
        return;
      }
      this.#waiting = [all.subarray(wanted)];
      this.#waitingBytes -= wanted;
      if (left <= 0) {
        this.digest = piece;
        return;
      }
      this.#pieces.push(piece);
      this.#offset += piece.length;
    }
  }
}
