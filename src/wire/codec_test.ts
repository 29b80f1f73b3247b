/** The bytes of ZMTP, against vectors written by hand from RFC 23. */

import assert from "node:assert/strict";
import fc from "fast-check";

import {
  checkGreeting,
  encodeCommand,
  encodeMessage,
  encodeReady,
  type Frame,
  FrameDecoder,
  GREETING,
  parseCommand,
  parseProperties,
} from "./codec.ts";
import { ZmtpError } from "./errors.ts";

const seed = Number(Deno.env.get("FC_SEED") ?? Date.now() % 2 ** 31);

function check<Values>(property: fc.IProperty<Values>): void {
  console.log(`FC_SEED=${seed}`);
  fc.assert(property, { seed, numRuns: 300 });
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.replaceAll(/\s/g, ""));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function isFailure(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ZmtpError && error.code === code;
}

Deno.test("GREETING is that of ZMTP 3.0 with NULL", () => {
  const expected = "ff 0000000000000000 7f 03 00 4e554c4c" + "00".repeat(16) + "00" +
    "00".repeat(31);
  assert.deepEqual(GREETING, bytes(expected));
});

Deno.test("checkGreeting() takes what libzmq 4 sends, whole and every beginning of it", () => {
  // libzmq 4.3 puts the length 1 in the signature's padding and announces 3.1.
  const greeting = bytes(
    "ff 0000000000000001 7f 03 01 4e554c4c" + "00".repeat(16) + "00" + "00".repeat(31),
  );
  for (let length = 0; length <= greeting.length; length++) {
    checkGreeting(greeting.slice(0, length));
  }
});

const STRANGERS: [string, Uint8Array][] = [
  ["an HTTP request", ascii("GET / HTTP/1.1\r\n")],
  ["TLS", bytes("16 03 01 02 00")],
  ["a signature with a wrong end", bytes("ff 0000000000000001 7e")],
  ["ZMTP 2.0", bytes("ff 0000000000000001 7f 01 05")],
  ["CURVE", bytes("ff 0000000000000001 7f 03 00 4355525645")],
  ["a mechanism that begins with NULL", bytes("ff 0000000000000001 7f 03 00 4e554c4c41")],
];
for (const [name, greeting] of STRANGERS) {
  Deno.test(`checkGreeting() refuses ${name}`, () => {
    assert.throws(() => checkGreeting(greeting), isFailure("greeting"));
  });
}

Deno.test("encodeReady() writes socket type and identity", () => {
  const expected = "04 2b 05 5245414459" +
    "0b 536f636b65742d54797065 00000006 4445414c4552" +
    "08 4964656e74697479 00000002 6162";
  assert.deepEqual(encodeReady("DEALER", ascii("ab")), bytes(expected));
});

Deno.test("encodeReady() leaves the identity out where no ROUTER can be the peer", () => {
  const expected = "04 19 05 5245414459 0b 536f636b65742d54797065 00000003 535542";
  assert.deepEqual(encodeReady("SUB"), bytes(expected));
});

Deno.test("encodeMessage() writes short and long frames", () => {
  const long = new Uint8Array(256).fill(7);
  const expected = [
    ...bytes("01 00"),
    ...bytes("01 01 41"),
    ...bytes("02 0000000000000100"),
    ...long,
  ];
  assert.deepEqual(
    encodeMessage([new Uint8Array(), ascii("A"), long]),
    Uint8Array.from(expected),
  );
});

Deno.test("encodeMessage() writes 255 bytes as a short frame", () => {
  assert.deepEqual(encodeMessage([new Uint8Array(255)]).subarray(0, 2), bytes("00 ff"));
});

Deno.test("parseCommand() undoes encodeCommand()", () => {
  const [frame] = new FrameDecoder({ maxFrameBytes: 100 }).push(encodeCommand("PING", ascii("x")));
  assert.equal(frame.command, true);
  assert.deepEqual(parseCommand(frame.body), { name: "PING", data: ascii("x") });
});

for (const body of ["", "00", "05 52 45"]) {
  Deno.test(`parseCommand() refuses the body "${body}"`, () => {
    assert.throws(() => parseCommand(bytes(body)), isFailure("frame"));
  });
}

Deno.test("parseProperties() ignores the case of names", () => {
  const properties = parseProperties(bytes("02 4142 00000001 31 01 63 00000000"));
  assert.deepEqual([...properties], [["ab", bytes("31")], ["c", new Uint8Array()]]);
});

for (const data of ["00", "05 41", "01 41 0000", "01 41 00000002 31", "01 41 ffffffff 31"]) {
  Deno.test(`parseProperties() refuses "${data}"`, () => {
    assert.throws(() => parseProperties(bytes(data)), isFailure("handshake"));
  });
}

for (const flags of ["08", "80", "05", "07"]) {
  Deno.test(`FrameDecoder refuses the flags ${flags}`, () => {
    const decoder = new FrameDecoder({ maxFrameBytes: 100 });
    assert.throws(() => decoder.push(bytes(flags)), isFailure("frame"));
  });
}

Deno.test("FrameDecoder refuses a frame over its limit before the body arrives", () => {
  const decoder = new FrameDecoder({ maxFrameBytes: 100 });
  assert.throws(() => decoder.push(bytes("00 65")), isFailure("limit"));
  const huge = new FrameDecoder({ maxFrameBytes: 100 });
  assert.throws(() => huge.push(bytes("02 ffffffffffffffff")), isFailure("limit"));
});

Deno.test("FrameDecoder holds the first frame shorter, also within one chunk", () => {
  const limits = { maxFrameBytes: 50, maxFirstFrameBytes: 2 };
  const longSecond = bytes("00 02 4141 00 03 424242");
  assert.equal(new FrameDecoder(limits).push(longSecond).length, 2);
  assert.throws(() => new FrameDecoder(limits).push(bytes("00 03 414141")), isFailure("limit"));
});

const message = fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1, maxLength: 8 });

Deno.test("FrameDecoder undoes encodeMessage(), however the bytes are cut", () => {
  check(fc.property(
    fc.array(message, { maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
    (messages, cuts) => {
      const decoder = new FrameDecoder({ maxFrameBytes: 600 });
      const frames: Frame[] = [];
      for (const chunk of cut(messages.map(encodeMessage), cuts)) {
        frames.push(...decoder.push(chunk));
      }
      const read: Uint8Array[][] = [[]];
      for (const { body, more } of frames) {
        read.at(-1)!.push(body);
        if (!more) read.push([]);
      }
      assert.deepEqual(read, [...messages, []]);
    },
  ));
});

Deno.test("FrameDecoder throws nothing but ZmtpError, whatever comes", () => {
  check(fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (chunks) => {
    const decoder = new FrameDecoder({ maxFrameBytes: 1000 });
    try {
      for (const chunk of chunks) decoder.push(chunk);
    } catch (error) {
      assert.ok(error instanceof ZmtpError);
    }
  }));
});

function cut(parts: Uint8Array[], lengths: number[]): Uint8Array[] {
  const whole = Uint8Array.from(parts.flatMap((part) => [...part]));
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const length = lengths[turn % lengths.length];
    chunks.push(whole.slice(at, at + length));
    at += length;
  }
  return chunks;
}
