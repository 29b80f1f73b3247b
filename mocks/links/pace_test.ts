import assert from "node:assert/strict";
import { Pace } from "./pace.ts";

Deno.test("Pace delays bytes by its latency and keeps their order", async () => {
  const heard: number[] = [];
  const pace = new Pace({ latencyMs: 30 }, (data) => {
    heard.push(...data);
    return Promise.resolve();
  });
  const start = performance.now();
  for (let i = 0; i < 5; i++) await pace.push(Uint8Array.of(i));
  assert.deepEqual(heard, []);
  await pace.drained();
  assert.ok(performance.now() - start >= 29);
  assert.deepEqual(heard, [0, 1, 2, 3, 4]);
  await pace.close();
});

Deno.test("Pace lets no more bytes through than its speed allows", async () => {
  const arrivals: { ms: number; bytes: number }[] = [];
  const start = performance.now();
  const pace = new Pace({ baud: 100_000 }, (data) => {
    arrivals.push({ ms: performance.now() - start, bytes: data.length });
    return Promise.resolve();
  });
  await pace.push(new Uint8Array(1000));
  await pace.drained();
  let sum = 0;
  for (const { ms, bytes } of arrivals) {
    sum += bytes;
    assert.ok(sum <= ms * 10 + 1, `${sum} bytes after ${ms} ms`);
  }
  assert.equal(sum, 1000);
  await pace.close();
});

Deno.test("Pace makes the sender wait when much is under way, until it is closed", async () => {
  const pace = new Pace({ latencyMs: 60_000 }, () => Promise.resolve());
  await pace.push(new Uint8Array(1000));
  let welcome = false;
  const waiting = pace.push(new Uint8Array(100_000)).then(() => welcome = true);
  await Promise.resolve();
  assert.equal(welcome, false);
  await pace.close();
  await waiting;
});

Deno.test("Pace without latency and speed hands bytes on at once", () => {
  let heard = 0;
  const pace = new Pace({}, (data) => {
    heard += data.length;
    return Promise.resolve();
  });
  pace.push(new Uint8Array(3));
  assert.equal(heard, 3);
});
