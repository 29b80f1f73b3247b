import { deepStrictEqual as assertEquals, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { concat, encode } from "@/base/bytes.ts";
import { asTyped, collect, memoryError } from "./collect_code.ts";

const LINE_BYTES = 62;
const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** What a board makes of the lines that bring code. */
function collected(lines: readonly Uint8Array[]): Uint8Array {
  return concat(
    lines.map(latin1).flatMap((line) => {
      const blank = /^_iot\[4\]\(b'\\n'\*(\d+)\)$/.exec(line);
      if (blank) return [new Uint8Array(Number(blank[1])).fill(0x0a)];
      const piece = /^_iot\[4\]\(b'((?:[^'\\]|\\.)*)'\)$/s.exec(line);
      if (!piece) return [];
      const plain = piece[1].replace(
        /\\(?:x(..)|(.))/gs,
        (_, hex, letter) =>
          hex ? String.fromCharCode(parseInt(hex, 16)) : letter === "n" ? "\n" : letter,
      );
      return [Uint8Array.from(plain, (letter) => letter.charCodeAt(0))];
    }),
  );
}

Deno.test("collect() divides any code into lines that fit, without loss", () => {
  const code = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 700 }).map((text) => encode(text)),
    fc.uint8Array({ minLength: 1, maxLength: 700 }),
    fc.tuple(fc.nat(400), fc.string()).map(([blank, text]) =>
      encode("\n".repeat(blank + 1) + text)
    ),
  );
  fc.assert(fc.property(code, (code) => {
    const { lines, run } = collect(code, { lineBytes: LINE_BYTES });
    for (const line of [...lines, run]) {
      ok(line.length <= LINE_BYTES, latin1(line));
      // No key that a REPL takes as a command, Enter's \r included.
      ok(line.every((byte) => byte >= 0x20 || byte === 0x0a), latin1(line));
    }
    assertEquals(collected(lines), code);
  }));
});

Deno.test("collect() compares length and hash, as MicroPython 1.9.2 and 1.27 compute it", () => {
  const hashOf = (text: string) =>
    collect(encode(text), { lineBytes: LINE_BYTES }).lines.map(latin1)
      .find((line) => line.includes("hash"));
  // hash(b'abc') is 133, hash(b'x' * 100) is 5 on a micro:bit, whose hashes have 8 bits.
  ok(hashOf("abc")!.includes("in(133,133)"));
  ok(hashOf("x".repeat(100))!.includes("in(5,5)"));
});

Deno.test("asTyped() names frames as if the code had been typed, and leaves out their caller", () => {
  const head = "Traceback (most recent call last):\r\n";
  const outer = '  File "<stdin>", line 1, in <module>\r\n';
  const own = '  File "<string>", line 3, in <module>\r\n';
  const shown = own.replace("string", "stdin");
  const end = 'ValueError: File "<string>", line 1\r\n';
  strictEqual(asTyped(head + outer + own + end, { isCollected: true }), head + shown + end);
  strictEqual(
    asTyped(head + outer + own + end, { isCollected: false }),
    head + outer + shown + end,
  );
});

Deno.test("memoryError() is what a board says of its memory, without the frames of our lines", () => {
  const frame = 'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\n';
  strictEqual(memoryError(`${frame}MemoryError: \r\n`), "MemoryError: \r\n");
  strictEqual(memoryError(`${frame}NameError: MemoryError\r\n`), undefined);
});
