import assert from "node:assert/strict";
import { randomSource } from "../random.ts";
import {
  boardFault,
  type Fault,
  type FaultActions,
  FAULTS,
  lineFaults,
  parseFault,
} from "./faults.ts";

const unexpected: FaultActions = {
  cut: () => assert.fail("cut"),
  reset: () => assert.fail("reset"),
  pause: () => assert.fail("pause"),
};

function lineFault(text: string, seed = 1): Fault {
  const [fault] = lineFaults([parseFault(text)], randomSource(seed));
  return fault;
}

Deno.test("faults have unique names and a summary, and are of a line or of a board", () => {
  assert.equal(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
  for (const { name, summary, line, board } of FAULTS) {
    assert.ok(summary.length > 20, name);
    assert.equal((line === undefined) !== (board === undefined), true, name);
  }
});

Deno.test("mute keeps the first N bytes and drops the rest", () => {
  const fault = lineFault("mute=3");
  assert.deepEqual([...fault.toHost!(Uint8Array.of(1, 2), unexpected)], [1, 2]);
  assert.deepEqual([...fault.toHost!(Uint8Array.of(3, 4), unexpected)], [3]);
  assert.deepEqual([...fault.toHost!(Uint8Array.of(5), unexpected)], []);
});

for (const name of ["cut", "reset"] as const) {
  Deno.test(`${name} acts behind byte N, once`, () => {
    const fault = lineFault(`${name}=3`);
    let times = 0;
    const actions = { ...unexpected, [name]: () => times++ };
    assert.equal(fault.toHost!(Uint8Array.of(1, 2), actions).length, 2);
    assert.equal(times, 0);
    assert.deepEqual([...fault.toHost!(Uint8Array.of(3, 4), actions)], [3]);
    assert.equal(times, 1);
    assert.equal(fault.toHost!(Uint8Array.of(5, 6), actions).length, 2);
    assert.equal(times, 1);
  });
}

Deno.test("lose takes bytes away behind byte N, each way, and the same ones for the same seed", () => {
  const data = Uint8Array.from({ length: 20_000 }, (_, i) => i);
  for (const way of ["toHost", "toBoard"] as const) {
    const left = lineFault("lose=10000")[way]!(data, unexpected);
    assert.ok(left.length > 19_900 && left.length < 20_000, `${left.length}`);
    assert.deepEqual(left.subarray(0, 10_000), data.subarray(0, 10_000));
    assert.deepEqual(lineFault("lose=10000")[way]!(data, unexpected), left);
    assert.notDeepEqual(lineFault("lose=10000", 2)[way]!(data, unexpected), left);
  }
});

Deno.test("flip changes one bit of some bytes behind byte N, each way", () => {
  const data = new Uint8Array(20_000);
  for (const way of ["toHost", "toBoard"] as const) {
    const left = lineFault("flip=10000")[way]!(data, unexpected);
    assert.equal(left.length, data.length);
    assert.ok(left.subarray(0, 10_000).every((byte) => byte === 0));
    const wrong = left.filter((byte) => byte !== 0);
    assert.ok(wrong.length > 0 && wrong.length < 100, `${wrong.length}`);
    for (const byte of wrong) assert.equal(byte & byte - 1, 0);
    assert.deepEqual(lineFault("flip=10000")[way]!(data, unexpected), left);
  }
});

Deno.test("stall pauses for N ms each 1,024 bytes", () => {
  const fault = lineFault("stall=70");
  const pauses: number[] = [];
  const actions = { ...unexpected, pause: (ms: number) => pauses.push(ms) };
  for (let i = 0; i < 30; i++) {
    assert.equal(fault.toHost!(new Uint8Array(100), actions).length, 100);
  }
  assert.deepEqual(pauses, [70, 70]);
});

Deno.test("noise is as long as asked for, and the same for the same seed", () => {
  assert.equal(lineFault("noise").opening!().length, 256);
  const noise = lineFault("noise=1000").opening!();
  assert.equal(noise.length, 1000);
  assert.ok(new Set(noise).size > 200);
  assert.deepEqual(lineFault("noise=1000").opening!(), noise);
});

Deno.test("faults of a board are put together", () => {
  const { bootProgram, freeBytes } = boardFault(["full=100", "mute", "flood=5"].map(parseFault));
  assert.equal(freeBytes, 100);
  assert.match(bootProgram!, /< 5:\n/);
  assert.deepEqual(boardFault([parseFault("mute")]), {});
});

Deno.test("parseFault() says what there is, and what it wants", () => {
  assert.throws(
    () => parseFault("melt"),
    /There is no fault "melt"\. Faults are mute, cut, reset,/,
  );
  assert.throws(() => parseFault("cut=x"), /"cut=x" wants a number.*cut=100/);
  assert.equal(parseFault("stall").n, 1000);
  assert.equal(parseFault("stall=5").n, 5);
});
