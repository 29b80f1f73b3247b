import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, encode } from "@/base/bytes.ts";
import { clientFrame, FrameReader, OPCODE } from "./websocket_frames.ts";

/** Undoes a client's frame, by the RFC. */
function unmask(frame: Uint8Array): { first: number; payload: Uint8Array } {
  const [first, second] = frame;
  assert.equal(second & 0x80, 0x80, "not masked");
  const extended = (second & 0x7f) === 126;
  const length = extended ? frame[2] * 256 + frame[3] : second & 0x7f;
  const at = extended ? 4 : 2;
  const mask = frame.subarray(at, at + 4);
  const payload = frame.subarray(at + 4).map((byte, i) => byte ^ mask[i % 4]);
  assert.equal(payload.length, length);
  return { first, payload };
}

/** A server's frame. */
function frame(first: number, payload: Uint8Array, lengthBytes = 0): Uint8Array {
  const { length } = payload;
  const head = lengthBytes === 8
    ? [127, 0, 0, 0, 0, length >>> 24, length >>> 16, length >>> 8, length]
    : lengthBytes === 2
    ? [126, length >>> 8, length]
    : [length];
  return concat([Uint8Array.of(first, ...head), payload]);
}

for (const length of [0, 1, 125, 126, 255, 256, 65_535]) {
  Deno.test(`clientFrame() masks ${length} bytes and writes their length in 7 or 16 bits`, () => {
    const payload = new Uint8Array(length).map((_, i) => i);
    const { first, payload: unmasked } = unmask(clientFrame(OPCODE.text, payload));
    assert.equal(first, 0x81);
    assert.deepEqual(unmasked, payload);
  });
}

Deno.test("clientFrame() masks with other bytes each time", () => {
  const frames = Array.from({ length: 8 }, () => clientFrame(OPCODE.binary, encode("same")));
  assert.ok(new Set(frames.map((bytes) => bytes.toHex())).size > 1);
  assert.ok(frames.every(([first]) => first === 0x82));
});

Deno.test("FrameReader hands on data and control frames, wherever the stream is cut", () => {
  const stream = concat([
    frame(0x81, encode("text ")),
    frame(0x01, encode("begin ")),
    frame(0x89, encode("ping")),
    frame(0x00, encode("middle "), 2),
    frame(0x8a, new Uint8Array()),
    frame(0x80, encode("end "), 8),
    frame(0x82, Uint8Array.of(0xc3, 0x28)),
    frame(0x81, new Uint8Array()),
    frame(0x88, Uint8Array.of(0x03, 0xe8)),
  ]);
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(sizes, (sizes) => {
    const reader = new FrameReader();
    const data: Uint8Array[] = [];
    const controls: string[] = [];
    for (let at = 0, i = 0; at < stream.length; i++) {
      const size = sizes[i % sizes.length];
      const unframed = reader.push(stream.subarray(at, at += size));
      assert.equal(unframed.fault, undefined);
      data.push(unframed.data);
      controls.push(...unframed.controls.map(({ opcode, payload }) => `${opcode} ${payload}`));
    }
    assert.deepEqual(
      concat(data),
      concat([encode("text begin middle end "), Uint8Array.of(0xc3, 0x28)]),
    );
    assert.deepEqual(controls, ["9 112,105,110,103", "10 ", "8 3,232"]);
  }));
});

Deno.test("FrameReader reads a frame longer than 32 bits count without keeping it", () => {
  const reader = new FrameReader();
  assert.equal(reader.push(Uint8Array.of(0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0)).fault, undefined);
  for (let i = 0; i < 100; i++) {
    assert.equal(reader.push(new Uint8Array(65_536)).data.length, 65_536);
  }
});

const FAULTS: [about: string, bytes: number[], fault: RegExp][] = [
  ["an unknown opcode", [0x83, 0], /begins with 0x83/],
  ["an extension's bit", [0xc1, 0], /begins with 0xc1/],
  ["a masked frame", [0x81, 0x81, 0, 0, 0, 0, 0], /masked/],
  ["a ping of 126 bytes", [0x89, 126, 0, 126], /too long/],
];
for (const [about, bytes, fault] of FAULTS) {
  Deno.test(`FrameReader refuses ${about}, but not the data before it`, () => {
    const reader = new FrameReader();
    const first = reader.push(concat([frame(0x81, encode("kept")), Uint8Array.from(bytes)]));
    assert.deepEqual(first.data, encode("kept"));
    assert.match(first.fault!, fault);
    assert.deepEqual(reader.push(frame(0x81, encode("late"))).data, new Uint8Array());
  });
}
