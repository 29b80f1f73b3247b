/** Values that cross to a real, small, old board and back: the emulated micro:bit. */

import { deepStrictEqual as assertEquals, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { Device } from "@/device/device.ts";
import { sizeOnBoard } from "@/device/values/board_size.ts";
import { readValue } from "@/device/values/read_value.ts";
import { writeValue } from "@/device/values/write_value.ts";
import type { Value } from "@/store/value.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { Microbit } from "./boards/microbit.ts";
import { canonical, MICROBIT, valueArbitrary } from "./store_testing.ts";

const { signal } = new AbortController();

/** The board has some 8 KB free in all, in pieces, and needs most of them to compile code of ours. */
const isSmall = (value: Value) => sizeOnBoard(value).total < 600;

Deno.test("values on the emulated micro:bit", async (test) => {
  await using board = await Microbit.start();
  await using device = await Device.attach(await openTransport(board.url, BUILT_IN_SCHEMES));

  await test.step("one of a kilobyte crosses while the memory is in one piece", async () => {
    const value = { kind: "bytes", data: Uint8Array.from({ length: 1_000 }, (_, i) => i) } as const;
    await writeValue(device, "v", { value, signal });
    assertEquals(await readValue(device, "v", { signal }), value);
    await device.evaluate("v = 0");
  });
  await test.step("100 small ones come back as they were, but for the board's floats", async () => {
    // A smaller value that fails as well would take long to find on a board with little memory.
    const seed = Date.now() & 0x7fffffff;
    const parameters = { numRuns: 100, endOnFailure: true, seed };
    console.log(`seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(valueArbitrary(MICROBIT).filter(isSmall), async (value) => {
        await writeValue(device, "v", { value, signal });
        const back = await readValue(device, "v", { signal });
        assertEquals(canonical(back, MICROBIT), canonical(value, MICROBIT));
      }),
      parameters,
    );
  });
  await test.step("what it lacks is refused, and so is what has no room", async () => {
    await device.evaluate("v = 'old'");
    const complex = { kind: "complex", real: 1, imaginary: 2 } as const;
    await rejects(
      writeValue(device, "v", { value: { kind: "list", items: [complex] }, signal }),
      /^CannotCross: Cannot restore v\[0\]: this board has no complex\.$/,
    );
    await rejects(writeValue(device, "v", { value: "x".repeat(9_000), signal }), /KB free/);
    assertEquals(await device.evaluate("print(v)"), "old\n");
    await device.evaluate("class Pin:\n pass\nv = {'pins': [1, Pin()]}");
    await rejects(readValue(device, "v", { signal }), /v\["pins"\]\[1\]: a Pin does not cross/);
  });
  await test.step("nothing of ours is left", async () => {
    assertEquals(await device.evaluate("print([n for n in globals() if 'iot' in n])"), "[]\n");
    const free = Number(await device.evaluate("import gc;v=0;gc.collect();print(gc.mem_free())"));
    ok(free > 6_000, `${free} bytes free`);
  });
});
