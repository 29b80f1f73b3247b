import assert from "node:assert/strict";
import { DEFAULT_PROFILE, profileNamed, PROFILES, uidOf } from "./profiles.ts";

Deno.test("profiles have unique names and a summary", () => {
  assert.equal(new Set(PROFILES.map(({ name }) => name)).size, PROFILES.length);
  for (const { name, summary } of PROFILES) assert.ok(summary.length > 20, name);
  assert.equal(DEFAULT_PROFILE, "esp32");
});

Deno.test("a profile's raw paste fits its receive ring: two windows are granted at once", () => {
  for (const { name, rawPaste, receiveBytes } of PROFILES) {
    if (typeof rawPaste === "number") assert.ok(2 * rawPaste <= receiveBytes, name);
  }
});

Deno.test("profileNamed() lists the profiles when there is none of that name", () => {
  assert.throws(() => profileNamed("avr"), {
    name: "RangeError",
    message: 'There is no profile "avr". Profiles are esp32, pico, legacy, circuitpython, ' +
      "circuitpython-de, samd51, nrf52840, stm32.",
  });
});

Deno.test("uidOf() is stable, and differs from name to name and from profile to profile", () => {
  const [esp32, pico] = ["esp32", "pico"].map(profileNamed);
  assert.deepEqual(uidOf("demo", esp32), uidOf("demo", esp32));
  assert.deepEqual([...uidOf("demo", esp32).subarray(0, 3)], [0x24, 0x0a, 0xc4]);
  const names = Array.from({ length: 500 }, (_, index) => `b${index}`);
  const uids = new Set(names.map((name) => uidOf(name, esp32).join()));
  assert.equal(uids.size, names.length);
  assert.equal(uidOf("demo", pico).length, 8);
});
