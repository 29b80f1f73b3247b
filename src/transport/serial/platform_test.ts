import assert from "node:assert/strict";
import { DARWIN } from "./darwin.ts";
import { LINUX } from "./linux.ts";
import { makeRaw, type SerialPlatform } from "./platform.ts";

const PLATFORMS: Record<string, SerialPlatform> = { linux: LINUX, darwin: DARWIN };

for (const [name, { termios: table, errno, ioctl }] of Object.entries(PLATFORMS)) {
  Deno.test(`${name}: the fields of termios lie inside it and apart`, () => {
    const fields = [
      ...[table.iflag, table.oflag, table.cflag, table.lflag, table.ispeed, table.ospeed]
        .map((start) => ({ start, end: start + table.wordBytes })),
      { start: table.cc, end: table.cc + Math.max(table.vmin, table.vtime) + 1 },
    ].sort((a, b) => a.start - b.start);
    fields.reduce((before, field) => {
      assert.ok(before.end <= field.start, `${before.end} overlaps ${field.start}`);
      return field;
    });
    assert.ok(fields[fields.length - 1].end <= table.bytes);
  });

  Deno.test(`${name}: makeRaw() clears every cooked bit and keeps the others`, () => {
    const termios = new Uint8Array(table.bytes).fill(0xff);
    makeRaw(termios, { table, baud: 115_200 });
    const view = new DataView(termios.buffer);
    const word = (at: number) =>
      table.wordBytes === 4 ? BigInt(view.getUint32(at, true)) : view.getBigUint64(at, true);
    const all = (1n << BigInt(8 * table.wordBytes)) - 1n;
    const without = (bits: number) => all & ~BigInt(bits >>> 0);
    assert.equal(word(table.iflag), without(table.iflagClear));
    assert.equal(word(table.oflag), without(table.oflagClear));
    assert.equal(word(table.lflag), without(table.lflagClear));
    assert.equal(word(table.cflag), without(table.cflagClear) | BigInt(table.cflagSet >>> 0));
    assert.equal(word(table.ispeed), 115_200n);
    assert.equal(word(table.ospeed), 115_200n);
    assert.equal(termios[table.cc + table.vmin], 1);
    assert.equal(termios[table.cc + table.vtime], 0);
  });

  Deno.test(`${name}: error numbers and requests are all different`, () => {
    for (const numbers of [Object.values(errno), Object.values(ioctl)]) {
      assert.equal(new Set(numbers).size, numbers.length);
    }
  });

  Deno.test(`${name}: the size in the termios requests is that of the struct`, () => {
    // _IOR/_IOW keep the size of what they carry in bits 16 to 28 (asm-generic/ioctl.h, ioccom.h).
    assert.equal(ioctl.getTermios >>> 16 & 0x1fff, table.bytes);
    assert.equal(ioctl.setTermios >>> 16 & 0x1fff, table.bytes);
  });
}

Deno.test("linux: the raw bits are those of termios(3)", () => {
  const { termios } = LINUX;
  assert.equal(termios.iflagClear, 0o12753);
  assert.equal(termios.lflagClear, 0o100113);
  assert.equal(termios.cflagSet, 0o14260);
});
