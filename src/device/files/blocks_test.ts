import assert from "node:assert/strict";
import fc from "fast-check";
import { encode } from "@/base/bytes.ts";
import { block, byteSum, crc32, escapeToBoard, unescapeFromBoard } from "./blocks.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

Deno.test("escapeToBoard() lets no byte through that a REPL takes as a command", () => {
  const escaped = escapeToBoard(everyByte);
  for (const command of [0x02, 0x03, 0x04]) assert.equal(escaped.indexOf(command), -1);
  assert.equal(escaped.length, 256 + 4);
});

Deno.test("unescapeFromBoard() undoes the escapes, wherever chunks are cut", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (content, cut) => {
    const escaped = escapeToBoard(content);
    const first = unescapeFromBoard(escaped.subarray(0, cut));
    const rest = new Uint8Array([...first.rest, ...escaped.subarray(cut)]);
    const second = unescapeFromBoard(rest);
    assert.deepEqual([...first.bytes, ...second.bytes], [...content]);
    assert.equal(second.rest.length, 0);
  }));
});

Deno.test("crc32() is that of binascii, also from another start", () => {
  // The check value of CRC-32/ISO-HDLC, from the catalogue of parametrised CRC algorithms.
  assert.equal(crc32(encode("123456789")), 0xcbf43926);
  assert.equal(crc32(encode("6789"), crc32(encode("12345"))), 0xcbf43926);
});

Deno.test("block() says kind, length and a checksum over both before the payload", () => {
  const payload = encode("abc");
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const sum = byteSum(payload, "r".charCodeAt(0)).toString(16).padStart(8, "0");
  assert.equal(text(block(payload, { packing: "stored", check: byteSum })), `r0003${sum}abc`);
  const inSteps = block(payload, { packing: "deflated", check: crc32, inSteps: true });
  assert.match(text(inSteps), /^Z0003[0-9a-f]{8}abc$/);
});
