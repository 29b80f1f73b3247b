/** The queue of bytes for one peer: their order, and what they occupy while they wait. */

import assert from "node:assert/strict";

import { concat } from "@/base/bytes.ts";
import { WriteQueue } from "./write_queue.ts";

function takeAll(queue: WriteQueue): Uint8Array[] {
  const buffers: Uint8Array[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) buffers.push(next);
  return buffers;
}

const message = (size: number, index: number) => new Uint8Array(size).fill(index);

for (
  const [about, sizes] of [
    ["small messages", [300]],
    ["large messages", [20_000]],
    ["small ones between large ones", [20_000, 300]],
    ["all sizes", [1, 70_000, 16_000, 300, 16_384, 64, 50_000]],
  ] as const
) {
  Deno.test(`WriteQueue keeps the order of ${about}, and occupies little more than they are`, () => {
    const queue = new WriteQueue();
    const messages = Array.from({ length: 500 }, (_, at) => message(sizes[at % sizes.length], at));
    for (const one of messages) queue.push(one);
    const buffers = takeAll(queue);
    const sent = concat(messages);
    assert.deepEqual(concat(buffers), sent);
    const occupied = buffers.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    assert.ok(occupied <= 1.4 * sent.length + 65_536, `${occupied} bytes for ${sent.length}`);
  });
}

Deno.test("WriteQueue hands out what is there, and goes on after", () => {
  const queue = new WriteQueue();
  assert.deepEqual(takeAll(queue), []);
  for (let round = 0; round < 3; round++) {
    for (let at = 0; at < 5; at++) queue.push(message(10, at));
    assert.deepEqual(concat(takeAll(queue)), concat([0, 1, 2, 3, 4].map((at) => message(10, at))));
  }
  queue.push(message(10, 0));
  queue.clear();
  assert.deepEqual(takeAll(queue), []);
});
