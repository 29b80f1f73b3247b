import { abortable, withDeadline } from "./deadline.ts";
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
