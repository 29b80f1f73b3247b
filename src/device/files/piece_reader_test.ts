import assert from "node:assert/strict";
import { concat, encode } from "@/base/bytes.ts";
import { crc32 } from "./blocks.ts";
import { PieceReader } from "./piece_reader.ts";

/** As send.py sends it. */
function sent(piece: Uint8Array): Uint8Array {
  const crc = crc32(piece);
  const whole = [...piece, crc >>> 24, crc >>> 16 & 255, crc >>> 8 & 255, crc & 255];
  return Uint8Array.from(
    whole.flatMap((byte) => byte === 0x10 ? [0x10, 0x70] : byte === 4 ? [0x10, 0x64] : [byte]),
  );
}

const CONTENT = Uint8Array.from({ length: 300 }, (_, at) => at & 0xff);
const DIGEST = new Uint8Array(32).fill(7);

function answer(): Uint8Array {
  const pieces = [CONTENT.subarray(0, 128), CONTENT.subarray(128, 256), CONTENT.subarray(256)];
  return concat([encode("timer!\r\n\x16300\n"), ...pieces.map(sent), sent(DIGEST)]);
}

for (const chunkBytes of [1, 7, 1000]) {
  Deno.test(`PieceReader reads what comes in chunks of ${chunkBytes} bytes`, () => {
    const reader = new PieceReader({ offset: 0, stepBytes: 128 });
    const bytes = answer();
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      reader.push(bytes.subarray(at, at + chunkBytes));
    }
    assert.equal(reader.size, 300);
    assert.deepEqual([...reader.content], [...CONTENT]);
    assert.deepEqual([...reader.digest!], [...DIGEST]);
  });
}

Deno.test("PieceReader keeps what came whole before a byte that is wrong", () => {
  const reader = new PieceReader({ offset: 0, stepBytes: 128 });
  const bytes = answer();
  bytes[200] ^= 0x20;
  reader.push(bytes);
  assert.equal(reader.damaged, true);
  assert.equal(reader.offset, 128);
  assert.deepEqual([...reader.content], [...CONTENT.subarray(0, 128)]);
});

Deno.test("PieceReader tells the error number that comes in place of a file", () => {
  const reader = new PieceReader({ offset: 0, stepBytes: 128 });
  reader.push(encode("\x152\n"));
  assert.equal(reader.errno, 2);
});
