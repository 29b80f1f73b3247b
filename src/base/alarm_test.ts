import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { Alarm } from "./alarm.ts";

/** Resolves when `alarm` rings; a test that waits for it ends by itself. */
function rings(alarm: Alarm, ms: number): Promise<void> {
  return new Promise((resolve) => alarm.set(ms, resolve));
}

Deno.test("Alarm rings when its time is over, and not before", async () => {
  const alarm = new Alarm();
  for (const ms of [20, 1, 0]) {
    const started = performance.now();
    await rings(alarm, ms);
    assertEquals(performance.now() - started >= ms, true);
  }
});

Deno.test("Alarm rings once for what was set last, be it sooner or later", async () => {
  for (const [first, last] of [[1, 20], [20, 1], [10_000, 5]]) {
    const alarm = new Alarm();
    const heard: string[] = [];
    alarm.set(first, () => heard.push("first"));
    const started = performance.now();
    await rings(alarm, last);
    assertEquals(performance.now() - started >= last, true);
    await rings(new Alarm(), 30); // longer than what might still ring
    assertEquals(heard, []);
  }
});

Deno.test("Alarm does not ring when it is cleared, and can be set again", async () => {
  const alarm = new Alarm();
  let count = 0;
  alarm.set(5, () => count++);
  alarm.clear();
  await rings(new Alarm(), 30);
  assertEquals(count, 0);
  await rings(alarm, 5);
});

Deno.test("Alarm can be set by what it calls", async () => {
  const alarm = new Alarm();
  await new Promise<void>((resolve) => alarm.set(1, () => alarm.set(1, resolve)));
});

Deno.test("Alarm takes times that no timer can wait for", async () => {
  const alarm = new Alarm();
  let count = 0;
  alarm.set(2 ** 40, () => count++);
  await rings(new Alarm(), 5);
  alarm.clear();
  assertEquals(count, 0);
});

Deno.test("Alarm keeps one timeout for what is set again and again", async () => {
  const timeout = AbortSignal.timeout;
  let made = 0;
  AbortSignal.timeout = (ms) => {
    made++;
    return timeout.call(AbortSignal, ms);
  };
  try {
    const alarm = new Alarm();
    await rings(alarm, 0);
    for (let count = 0; count < 1_000; count++) {
      alarm.set(60_000 + count, () => {});
      alarm.clear();
    }
  } finally {
    AbortSignal.timeout = timeout;
  }
  assertEquals(made, 2);
});
