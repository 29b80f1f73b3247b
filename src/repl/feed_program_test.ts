import { deepStrictEqual as assertEquals, ok, rejects, throws } from "node:assert/strict";
import type { Transport } from "@/transport/transport.ts";
import type { Line } from "./enter.ts";
import { checkInput, feedProgram } from "./feed_program.ts";
import { DEFAULT_TIMEOUTS } from "./timeouts.ts";

/** A line that notes what is written, or takes nothing at all. */
function lineTo(write: Transport["write"], replyMs = 60_000): Line {
  const transport = { address: "sim://x", write } as Transport;
  return { transport, timeouts: { ...DEFAULT_TIMEOUTS, replyMs } } as Line;
}

Deno.test("feedProgram() sends parts that the smallest board has room for", async () => {
  const parts: number[] = [];
  const line = lineTo((part) => Promise.resolve(void parts.push(part.length)));
  await feedProgram(line, { bytes: new Uint8Array(70), signal: undefined, goesOn: () => true });
  assertEquals(parts, [32, 32, 6]);
});

Deno.test("feedProgram() waits for the echo of each part where the program prints what it reads", async () => {
  const parts: number[] = [];
  let heard = 0;
  const line = lineTo((part) => {
    parts.push(part.length);
    setTimeout(() => heard += part.length, 1);
    return Promise.resolve();
  });
  const echoed = () => {
    const sent = parts.reduce((sum, length) => sum + length, 0);
    ok(sent - heard <= 32, `${sent} bytes sent, ${heard} read`);
    return heard;
  };
  await feedProgram(line, {
    bytes: new Uint8Array(70),
    signal: undefined,
    goesOn: () => true,
    echoed,
  });
  assertEquals(parts, [32, 32, 6]);
  const deaf = { bytes: new Uint8Array(70), signal: undefined, goesOn: () => true };
  const silent = feedProgram(lineTo(() => Promise.resolve(), 1), { ...deaf, echoed: () => 0 });
  await rejects(silent, { name: "ReplError", code: "timeout" });
});

Deno.test("feedProgram() sends nothing more when the program has ended", async () => {
  let left = 2;
  const parts: number[] = [];
  const line = lineTo((part) => Promise.resolve(void parts.push(part.length)));
  const goesOn = () => left-- > 0;
  await feedProgram(line, { bytes: new Uint8Array(200), signal: undefined, goesOn });
  assertEquals(parts, [32, 32]);
});

Deno.test("feedProgram() gives up on a board that takes nothing", async () => {
  const line = lineTo(
    (_, { signal } = {}) =>
      new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
    1,
  );
  const feed = { bytes: new Uint8Array(1), signal: undefined, goesOn: () => true };
  await rejects(feedProgram(line, feed), { name: "ReplError", code: "timeout" });
});

Deno.test("checkInput() refuses what a REPL takes as a command", () => {
  checkInput(Uint8Array.of(0x09, 0x0d, 0x41, 0xc3, 0xa9));
  for (const byte of [1, 2, 3, 4]) {
    throws(() => checkInput(Uint8Array.of(0x41, byte)), { name: "UsageError", message: /0x0/ });
  }
});
