/** The program that receives files on a board (receive.py), and how it gets there. */

import { encode } from "@/base/bytes.ts";
import { compact } from "../compact.ts";
import { block, crc32, escapeToBoard } from "./blocks.ts";
import type { BoardAbilities } from "./board_abilities.ts";
import bootstrap from "./bootstrap.py" with { type: "text" };
import type { ContentDigest } from "./content_digest.ts";
import { loadDeflate } from "./deflate.ts";
import move from "./move.py" with { type: "text" };
import receive from "./receive.py" with { type: "text" };
import type { StreamShape } from "./stream_shape.ts";
import unescape from "./unescape.py" with { type: "text" };
import walk from "./walk.py" with { type: "text" };

/**
 * Two steps and the head of a block fit into any board's receive ring (256 bytes, ESP8266): that
 * much can be under way without a loss, whatever the board does meanwhile.
 */
export const STEP_BYTES = 112;

/** The program that takes another one from {@linkcode packed}. */
export const BOOTSTRAP = compact(bootstrap);

/** The window that bootstrap.py inflates with. */
const PROGRAM_WINDOW_BITS = 10;

/** A program as bootstrap.py takes it. */
export async function packed(program: string): Promise<Uint8Array> {
  const deflate = await loadDeflate(PROGRAM_WINDOW_BITS);
  return block(escapeToBoard(deflate(encode(program))), { packing: "deflated", check: crc32 });
}

/** What a receiver is made of. */
export interface ReceiverParts {
  readonly abilities: BoardAbilities;
  readonly digest: ContentDigest;
  readonly shape: StreamShape;
  /** The number of the first file; see signs.ts. */
  readonly first: number;
}

/** The receiver for a board. */
export function receiver({ abilities, digest, shape, first }: ReceiverParts): string {
  const get = abilities.rawInput
    ? "sys.stdin.buffer.read"
    : 'lambda n:bytes(sys.stdin.read(n),"utf8")';
  const crc = abilities.crc32 ? "binascii.crc32" : "lambda d,i:sum(d)+i";
  const decode = shape.raw ? "unescape" : "binascii.a2b_base64";
  const inflate = shape.windowBits === 0
    ? "None"
    : abilities.deflate
    ? `lambda s:deflate.DeflateIO(s,deflate.RAW,${shape.windowBits})`
    : `lambda s:zlib.DecompIO(s,-${shape.windowBits})`;
  const modules = [
    "sys",
    ...(abilities.crc32 || !shape.raw ? ["binascii"] : []),
    ...(shape.windowBits === 0 ? [] : [abilities.deflate ? "deflate" : "zlib"]),
  ];
  return [walk, digest.python, move, receive, ...(shape.raw ? [unescape] : [])].map(compact)
    .join("") +
    `import ${
      modules.join(",")
    }\nreceive(${get},${crc},${decode},${inflate},${digest.bytes},${STEP_BYTES},${first})\n`;
}
