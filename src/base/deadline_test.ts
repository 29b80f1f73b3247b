import { abortable, aborted, pause, withDeadline, within } from "./deadline.ts";
import { rejects, strictEqual as assertEquals } from "node:assert/strict";

/** Work that never ends by itself, but heeds its signal. */
const forever = (signal: AbortSignal) => abortable(new Promise<never>(() => {}), signal);

Deno.test("withDeadline() throws the given error when the time is over", async () => {
  await rejects(withDeadline(1, forever, { error: () => new Error("too late") }), /too late/);
});

Deno.test("withDeadline() throws the outer signal's reason when that aborts first", async () => {
  const controller = new AbortController();
  const work = withDeadline(60_000, forever, {
    signal: controller.signal,
    error: () => new Error("too late"),
  });
  controller.abort(new Error("stop"));
  await rejects(work, /stop/);
});

Deno.test("withDeadline() returns what the work returns, and leaves no timer behind", async () => {
  assertEquals(
    await withDeadline(60_000, () => Promise.resolve(7), { error: () => new Error() }),
    7,
  );
});

Deno.test("abortable() leaves the promise to whoever keeps it", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const controller = new AbortController();
  const first = abortable(promise, controller.signal);
  controller.abort(new Error("not now"));
  await rejects(first, /not now/);
  resolve("kept");
  assertEquals(await abortable(promise), "kept");
});

Deno.test("withDeadline() takes a deadline of years for what it is", async () => {
  const years = 1e12;
  const work = withDeadline(years, (signal) => abortable(pause(5).then(() => 7), signal), {
    error: () => new Error("too late"),
  });
  assertEquals(await work, 7);
});

Deno.test("within() tells whether work settled, either way, in time", async () => {
  assertEquals(await within(60_000, Promise.resolve()), true);
  assertEquals(await within(60_000, Promise.reject(new Error("not ours"))), true);
  assertEquals(await within(1, new Promise(() => {})), false);
});

Deno.test("pause() ends with its time or its signal, whichever comes first", async () => {
  await pause(1);
  const controller = new AbortController();
  const paused = pause(60_000, controller.signal);
  controller.abort();
  await paused;
  await pause(60_000, controller.signal);
});

Deno.test("aborted() resolves when the signal aborts, or has", async () => {
  const controller = new AbortController();
  const waiting = aborted(controller.signal);
  assertEquals(await within(1, waiting), false);
  controller.abort();
  await waiting;
  await aborted(controller.signal);
});
