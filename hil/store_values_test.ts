/** Values that cross: from this computer to a board, back, by IPython's store to a second board. */

import { deepStrictEqual as assertEquals, match, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { Interrupted } from "@/base/errors.ts";
import { randomFrom } from "@/base/random.ts";
import { Device } from "@/device/device.ts";
import { readValue } from "@/device/values/read_value.ts";
import { writeValue } from "@/device/values/write_value.ts";
import { readPickle } from "@/store/pickle_reader.ts";
import { writePickle } from "@/store/pickle_writer.ts";
import { checkValue, type Value } from "@/store/value.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { startBoards } from "../mocks/sim.ts";
import { canonical, DOUBLE_BOARD, valueArbitrary } from "./store_testing.ts";

const { signal } = new AbortController();

/** Two simulated boards of a kind. */
async function withBoards(
  profile: string,
  work: (one: Device, other: Device) => Promise<void>,
): Promise<void> {
  await using simulation = await startBoards({ names: ["one", "other"], profile, pty: true });
  const [one, other] = simulation.boards.map(({ addresses: [address] }) => address);
  await using first = await Device.attach(await openTransport(one, BUILT_IN_SCHEMES));
  await using second = await Device.attach(await openTransport(other, BUILT_IN_SCHEMES));
  await work(first, second);
}

const ourNames = (device: Device) =>
  device.evaluate("print([n for n in globals() if 'iot' in n])\n");

Deno.test("1,000 values come back from a board, and some from a second one, as they were", async () => {
  await withBoards("esp32", async (one, other) => {
    const parameters = { numRuns: 1_000, seed: Date.now() & 0x7fffffff };
    console.log(`seed ${parameters.seed}`);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(valueArbitrary(DOUBLE_BOARD), async (value) => {
        await writeValue(one, "v", { value, signal });
        const back = await readValue(one, "v", { signal });
        assertEquals(canonical(back, DOUBLE_BOARD), canonical(value, DOUBLE_BOARD));
        const kept = checkValue(readPickle(writePickle(back)), { name: "v", verb: "restore" });
        assertEquals(canonical(kept, DOUBLE_BOARD), canonical(value, DOUBLE_BOARD));
        if (round++ % 5 !== 0) return;
        await writeValue(other, "v", { value: kept, signal });
        const again = await readValue(other, "v", { signal });
        assertEquals(canonical(again, DOUBLE_BOARD), canonical(value, DOUBLE_BOARD));
      }),
      parameters,
    );
    assertEquals(await ourNames(one), "[]\n");
    assertEquals(await ourNames(other), "[]\n");
  });
});

/** Values with what the board itself says of them. */
const KNOWN: readonly (readonly [Value, string])[] = [
  [true, "True"],
  [1n, "1"],
  [1, "1.0"],
  [-0, "-0.0"],
  [-(2n ** 70n), "-1180591620717411303424"],
  ["a'\"\\\0\x04\né", "'a\\'\"\\\\\\x00\\x04\\n\\xe9'"],
  [{ kind: "bytes", data: Uint8Array.of(0, 4, 255) }, "b'\\x00\\x04\\xff'"],
  [{ kind: "bytearray", data: Uint8Array.of(65) }, "bytearray(b'A')"],
  [{ kind: "array", typecode: "h", items: [1n, -2n] }, "array('h', [1, -2])"],
  [{ kind: "array", typecode: "l", items: [-1n] }, "array('l', [-1])"],
  [{ kind: "array", typecode: "f", items: [1.5] }, "array('f', [1.5])"],
  [{ kind: "tuple", items: [1n] }, "(1,)"],
  [{ kind: "list", items: [{ kind: "tuple", items: [] }, null] }, "[(), None]"],
  [{ kind: "dict", entries: [[{ kind: "tuple", items: [1n, "a"] }, 2n]] }, "{(1, 'a'): 2}"],
  [{ kind: "set", items: [1n] }, "{1}"],
  [{ kind: "frozenset", items: [] }, "frozenset()"],
  [{ kind: "complex", real: 1, imaginary: -2 }, "(1-2j)"],
];

for (const profile of ["esp32", "legacy", "circuitpython"]) {
  Deno.test(`values have their types on a simulated ${profile}`, async () => {
    await withBoards(profile, async (board) => {
      for (const [value, shown] of KNOWN) {
        await writeValue(board, "v", { value, signal });
        assertEquals(await board.evaluate("print(repr(v))\n"), `${shown}\n`);
        const back = await readValue(board, "v", { signal });
        assertEquals(canonical(back, DOUBLE_BOARD), canonical(value, DOUBLE_BOARD));
      }
    });
  });
}

Deno.test("long values cross in pieces", async () => {
  await withBoards("esp32", async (board) => {
    const long: Value[] = [
      "x€".repeat(5_000),
      { kind: "bytes", data: Uint8Array.from({ length: 20_000 }, (_, index) => index) },
      { kind: "bytearray", data: new Uint8Array(20_000) },
      { kind: "array", typecode: "H", items: Array.from({ length: 8_000 }, (_, i) => BigInt(i)) },
      { kind: "array", typecode: "l", items: Array.from({ length: 800 }, (_, i) => -BigInt(i)) },
      { kind: "list", items: Array.from({ length: 1_500 }, (_, index) => index * 1.1) },
      { kind: "set", items: Array.from({ length: 500 }, (_, index) => `item ${index}`) },
      {
        kind: "dict",
        entries: Array.from({ length: 300 }, (_, index) => [BigInt(index), "v".repeat(index % 50)]),
      },
      (1n << 20_000n) + 12_345n,
      -(1n << 20_000n),
      nested(60),
    ];
    for (const value of long) {
      await writeValue(board, "v", { value, signal });
      const back = await readValue(board, "v", { signal });
      assertEquals(canonical(back, DOUBLE_BOARD), canonical(value, DOUBLE_BOARD));
    }
    assertEquals(await ourNames(board), "[]\n");
  });
});

function nested(depth: number): Value {
  let value: Value = "core";
  for (let level = 0; level < depth; level++) {
    value = level % 2 === 0
      ? { kind: "tuple", items: [value, BigInt(level)] }
      : { kind: "dict", entries: [["k", value]] };
  }
  return value;
}

Deno.test("what does not cross is an error that names the part", async () => {
  await withBoards("esp32", async (board) => {
    const cases = [
      ["class Pin: pass\nv = {'pins': [1, 2, Pin()]}", 'v["pins"][2]: a Pin does not cross'],
      ["v = (0, {3: len})", "v[1][3]: a function does not cross"],
      ["v = [1]\nv.append(v)", "v[1]: it contains itself."],
      ["v = {Pin: 1}", "v (a key): a type does not cross"],
      ["v = [range(3)]", "v[0]: a range does not cross"],
      ["from collections import namedtuple\nv = namedtuple('P', 'x')(1)", "v: a P does not cross"],
      ["v = 0\nfor _ in range(150): v = [v]", "v: it is nested deeper than 100 levels."],
    ];
    for (const [code, reason] of cases) {
      await board.evaluate(code);
      await rejects(readValue(board, "v", { signal }), (error: Error) => {
        ok(error.message.startsWith(`Cannot store ${reason}`), error.message);
        return true;
      });
    }
    await rejects(readValue(board, "missing", { signal }), { name: "UsageError" });
    assertEquals(await ourNames(board), "[]\n");
  });
});

Deno.test("a value that is too large is refused with figures, and the old one stays", async () => {
  await withBoards("legacy", async (board) => {
    await board.evaluate("v = 'old'");
    const tooLarge: Value[] = [
      "x".repeat(30_000),
      { kind: "list", items: Array.from({ length: 10_000 }, (_, index) => BigInt(index)) },
    ];
    for (const value of tooLarge) {
      await rejects(writeValue(board, "v", { value, signal }), (error: Error) => {
        match(error.message, /^Cannot restore v: it takes about \S+ KB, .* has \S+ KB free/);
        return true;
      });
    }
    assertEquals(await board.evaluate("print(v)"), "old\n");
    const long: Value = { kind: "array", typecode: "l", items: [1n, 2n ** 40n] };
    await rejects(
      writeValue(board, "v", { value: long, signal }),
      /v\[1\]: 1099511627776 does not/,
    );
    assertEquals(await ourNames(board), "[]\n");
  });
});

/** `device`, whose `exec` is `exec`. */
function withExec(device: Device, exec: Device["exec"]): Device {
  return new Proxy(device, {
    get(target, key) {
      const member = key === "exec" ? exec : Reflect.get(target, key, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

Deno.test("code that arrives with a wrong byte sets nothing, and is sent again", async () => {
  await withBoards("esp32", async (board) => {
    const value: Value = { kind: "list", items: ["some text that is long", -7n, 0.1, `'''"""`] };
    const seed = Date.now() & 0x7fffffff;
    console.log(`seed ${seed}`);
    const next = randomFrom(seed);
    for (let round = 0; round < 100; round++) {
      let runs = 0;
      const device = withExec(board, (code, options) => {
        if (runs++ > 0) return board.exec(code, options);
        const at = next() % code.length;
        // Another character that is no sign of the REPL's.
        const wrong = String.fromCharCode(code.charCodeAt(at) ^ (1 + next() % 2));
        return board.exec(code.slice(0, at) + wrong + code.slice(at + 1), options);
      });
      await board.evaluate("v = 'old'");
      await writeValue(device, "v", { value, signal });
      assertEquals(await readValue(board, "v", { signal }), value, `byte of run 1, round ${round}`);
    }
    const broken = withExec(board, (code, options) => {
      return board.exec(code.replace("'some", "'same"), options);
    });
    await board.evaluate("v = 'old'");
    await rejects(
      writeValue(broken, "v", { value, signal }),
      /^IotError: Cannot restore v: .* does not arrive as it was sent, in 5 attempts\. Nothing was/,
    );
    assertEquals(await board.evaluate("print(v)"), "old\n");
  });
});

Deno.test("an interrupt in the middle leaves the old value", async () => {
  await withBoards("esp32", async (board) => {
    await board.evaluate("v = 'old'\nlong = bytes(30000)");
    const value = { kind: "bytes", data: new Uint8Array(30_000).fill(255) } as const;
    for (const rounds of [1, 2, 3]) {
      for (
        const work of [
          (device: Device, signal: AbortSignal) => writeValue(device, "v", { value, signal }),
          (device: Device, signal: AbortSignal) => readValue(device, "long", { signal }),
        ]
      ) {
        const stop = new AbortController();
        let runs = 0;
        const device = withExec(board, (code, options) => {
          const running = board.exec(code, options);
          if (++runs === rounds) stop.abort(new Interrupted());
          return running;
        });
        await rejects(work(device, stop.signal), { name: "KeyboardInterrupt" });
      }
    }
    assertEquals(await board.evaluate("print(v)"), "old\n");
    assertEquals(await ourNames(board), "[]\n");
  });
});
