import assert from "node:assert/strict";
import { FAULTS, parseFault } from "./faults.ts";

Deno.test("faults have unique names and a summary", () => {
  assert.equal(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
  for (const { name, summary } of FAULTS) assert.ok(summary.length > 20, name);
});

Deno.test("mute keeps the first N bytes and drops the rest", () => {
  const fault = parseFault("mute=3");
  const cut = () => assert.fail("mute does not cut");
  assert.deepEqual([...fault.toHost!(Uint8Array.of(1, 2), cut)], [1, 2]);
  assert.deepEqual([...fault.toHost!(Uint8Array.of(3, 4), cut)], [3]);
  assert.deepEqual([...fault.toHost!(Uint8Array.of(5), cut)], []);
});

Deno.test("cut ends the line behind byte N, once", () => {
  const fault = parseFault("cut=3");
  let cuts = 0;
  const cut = () => cuts++;
  assert.equal(fault.toHost!(Uint8Array.of(1, 2), cut).length, 2);
  assert.equal(cuts, 0);
  assert.deepEqual([...fault.toHost!(Uint8Array.of(3, 4), cut)], [3]);
  assert.equal(cuts, 1);
  assert.equal(fault.toHost!(Uint8Array.of(5, 6), cut).length, 2);
  assert.equal(cuts, 1);
});

Deno.test("parseFault() says what there is, and what it wants", () => {
  assert.throws(() => parseFault("melt"), /There is no fault "melt"\. Faults are mute, cut\./);
  assert.throws(() => parseFault("cut=x"), /"cut=x" wants a number of bytes.*cut=100/);
});
