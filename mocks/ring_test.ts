import assert from "node:assert/strict";
import { ByteRing } from "./ring.ts";

Deno.test("ByteRing gives bytes back in order, over any number of turns", () => {
  const ring = ByteRing.withCapacity(7);
  let put = 0;
  let taken = 0;
  for (let step = 0; step < 500; step++) {
    const data = Uint8Array.from({ length: step % 6 }, (_, i) => put + i);
    put += ring.put(data);
    for (const byte of ring.take(step % 5)) assert.equal(byte, taken++ & 0xff);
    assert.equal(ring.length, put - taken);
  }
  assert.ok(taken > 300);
});

Deno.test("ByteRing.put() takes what fits and no more", () => {
  const ring = ByteRing.withCapacity(4);
  assert.equal(ring.put(Uint8Array.of(1, 2, 3)), 3);
  assert.equal(ring.put(Uint8Array.of(4, 5, 6)), 1);
  assert.equal(ring.free, 0);
  assert.deepEqual([...ring.take(9)], [1, 2, 3, 4]);
  assert.equal(ring.takeByte(), undefined);
});

Deno.test("ByteRing is seen alike from both threads' views", () => {
  const here = ByteRing.withCapacity(8);
  const there = new ByteRing(here.buffer);
  here.put(Uint8Array.of(7, 8));
  assert.equal(there.takeByte(), 7);
  assert.equal(here.length, 1);
  there.clear();
  assert.equal(here.length, 0);
});
