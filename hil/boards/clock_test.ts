/** Boards' clocks: read, set, and compared with this computer's. */

import { deepStrictEqual as assertEquals, match, ok, rejects } from "node:assert/strict";
import { describeLead, readClock, setClock } from "@/device/clock.ts";
import { Device } from "@/device/device.ts";
import { BUILT_IN_SCHEMES, openTransport, type Schemes } from "@/transport/schemes.ts";
import { simulatedScheme } from "@/transport/simulated.ts";
import { SimulatedBoard } from "../../mocks/board.ts";
import { Microbit } from "./microbit.ts";

const DAY_MS = 86_400_000;

/** Two epochs, with raw paste and without. */
for (const profile of ["esp32", "pico", "legacy"]) {
  Deno.test(`setClock() sets the clock of ${profile}, and readClock() reads it`, async () => {
    await using board = await SimulatedBoard.start({ name: "a", profile });
    const scheme = simulatedScheme({ connect: () => board.connect(), running: () => [] });
    const schemes: Schemes = new Map([["sim", scheme]]);
    await using device = await Device.attach(await openTransport("sim://a", schemes));
    const now = () => Date.now() + 40 * DAY_MS;
    const set = await setClock(device, { now });
    ok(Math.abs(set.aheadMs) <= 2_000, String(set.aheadMs));
    const { text, aheadMs } = await readClock(device);
    match(text, /^20\d\d-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-5]\d$/);
    ok(Math.abs(aheadMs - 40 * DAY_MS) < 60_000, String(aheadMs));
    match(describeLead(aheadMs), /^40 days ahead$/);
    await setClock(device, { utc: true });
    const utc = await readClock(device, { utc: true });
    ok(Math.abs(utc.aheadMs) < 60_000, String(utc.aheadMs));
    // Nothing of ours stays behind.
    assertEquals(await device.evaluate("print('_iot' in dir())"), "False\n");
  });
}

Deno.test("setClock() says when a clock does not keep what it is set to", async () => {
  await using board = await SimulatedBoard.start({ name: "a" });
  const scheme = simulatedScheme({ connect: () => board.connect(), running: () => [] });
  await using device = await Device.attach(
    await openTransport("sim://a", new Map([["sim", scheme]])),
  );
  await device.evaluate("import machine\nmachine.RTC.datetime = lambda *when: None");
  const now = () => Date.now() + DAY_MS;
  await rejects(setClock(device, { now }), /was set, but shows .* it is 24 hours behind/);
  await device.evaluate("del machine.RTC");
  await rejects(setClock(device), { name: "IotError", message: /has no clock to set/ });
});

Deno.test("readClock() and setClock() say that a micro:bit keeps no time", async () => {
  await using board = await Microbit.start();
  await using device = await Device.attach(await openTransport(board.url, BUILT_IN_SCHEMES));
  await rejects(readClock(device), { name: "IotError", message: /keeps no time/ });
  await rejects(setClock(device), { name: "IotError", message: /no clock to set/ });
});

Deno.test("describeLead() counts in what people count in", () => {
  assertEquals([0, -1_400, 90_000, 121_000, -7_300_000, 3 * 365.25 * DAY_MS].map(describeLead), [
    "0.0 s ahead",
    "1.4 s behind",
    "90.0 s ahead",
    "2 minutes ahead",
    "2 hours behind",
    "3 years ahead",
  ]);
});
