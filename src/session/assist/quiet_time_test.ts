import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import { aborted, within } from "@/base/deadline.ts";
import { QuietTime } from "./quiet_time.ts";

const { signal: never } = new AbortController();

Deno.test("QuietTime.ask() asks one question after the other, between cells", async () => {
  const quiet = new QuietTime();
  const log: string[] = [];
  const ask = (name: string) =>
    quiet.ask(async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      return name;
    });
  assertEquals(await Promise.all([ask("a"), ask("b")]), ["a", "b"]);
  assertEquals(log, ["a begins", "a ends", "b begins", "b ends"]);
});

Deno.test("QuietTime.run() interrupts a question that takes long, and drops those behind it", async () => {
  const quiet = new QuietTime();
  const log: string[] = [];
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const slow = quiet.ask(async (signal) => {
    begin();
    await aborted(signal);
    log.push("stopped");
    return "late";
  });
  const next = quiet.ask(() => Promise.resolve("never"));
  await begun;
  await quiet.run(() => Promise.resolve(log.push("cell")), { signal: never });
  assertEquals([await slow, await next, log], [undefined, undefined, ["stopped", "cell"]]);
  assertEquals(await quiet.ask(() => Promise.resolve("after")), "after");
});

Deno.test("QuietTime asks nothing while a cell runs, and says that something ran", async () => {
  const quiet = new QuietTime();
  const before = quiet.count;
  await quiet.run(async () => {
    assertEquals(quiet.busy, true);
    assertEquals(await quiet.ask(() => Promise.resolve(1)), undefined);
  }, { signal: never });
  assertEquals([quiet.busy, quiet.count > before], [false, true]);
});

Deno.test("a question that throws does not stop what follows", async () => {
  const quiet = new QuietTime();
  const failing = quiet.ask(() => Promise.reject(new Error("lost")));
  const after = quiet.ask(() => Promise.resolve("after"));
  assertEquals(await failing.catch((error) => error.message), "lost");
  assertEquals(await after, "after");
  assertEquals(await quiet.run(() => Promise.resolve("ran"), { signal: never }), "ran");
});

Deno.test("QuietTime.end() interrupts what is asked", async () => {
  const quiet = new QuietTime();
  const asked = quiet.ask(async (signal) => {
    await aborted(signal);
    return 1;
  });
  await Promise.resolve();
  await quiet.end();
  assertEquals(await asked, undefined);
});

Deno.test("QuietTime.run() is interrupted while a question does not end, and the next cell waits for it", async () => {
  const quiet = new QuietTime();
  const { promise: ends, resolve: end } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const stubborn = quiet.ask(() => {
    begin();
    return ends; // whatever its signal says
  });
  await begun;
  const stop = new AbortController();
  const log: string[] = [];
  const cell = quiet.run(() => Promise.resolve(log.push("interrupted")), { signal: stop.signal });
  cell.catch(() => {});
  stop.abort(new Error("interrupted"));
  const ended = await within(10_000, cell);
  const next = quiet.run(() => Promise.resolve(log.push("next")), { signal: never });
  log.push("question ends");
  end();
  assertEquals(ended, true);
  await rejects(cell, /interrupted/);
  await next;
  await stubborn;
  assertEquals(log, ["question ends", "next"]);
});
