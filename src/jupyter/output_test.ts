/** Merging output into messages. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTime } from "./testing.ts";

import type { StreamName } from "@/base/sink.ts";

import { OutputSink } from "./output.ts";

/** A target that keeps what is published. */
class Recorder {
  readonly messages: [StreamName, string][] = [];
  rooms = 0;

  publishStream(name: StreamName, text: string): void {
    this.messages.push([name, text]);
  }

  room(): Promise<void> {
    this.rooms++;
    return Promise.resolve();
  }
}

function setUp(): { sink: OutputSink; target: Recorder } {
  const target = new Recorder();
  return { sink: new OutputSink(target), target };
}

Deno.test("OutputSink merges what is written in one go", async () => {
  const { sink, target } = setUp();
  await sink.write("stdout", "a");
  await sink.write("stdout", "b");
  assert.deepEqual(target.messages, []);
  await sink.flush();
  assert.deepEqual(target.messages, [["stdout", "ab"]]);
  sink.end();
});

Deno.test("OutputSink publishes by itself after 50 ms", async () => {
  using time = new FakeTime();
  const { sink, target } = setUp();
  await sink.write("stdout", "a");
  time.tick(49);
  assert.deepEqual(target.messages, []);
  await sink.write("stdout", "b");
  time.tick(1);
  assert.deepEqual(target.messages, [["stdout", "ab"]]);
});

Deno.test("OutputSink publishes at every change of stream", async () => {
  const { sink, target } = setUp();
  await sink.write("stdout", "a");
  await sink.write("stderr", "b");
  await sink.write("stdout", "c");
  sink.end();
  assert.deepEqual(target.messages, [["stdout", "a"], ["stderr", "b"], ["stdout", "c"]]);
});

Deno.test("OutputSink publishes at 64 KB, and waits until there is room", async () => {
  const { sink, target } = setUp();
  await sink.write("stdout", "x".repeat(64 * 1024 - 1));
  assert.equal(target.messages.length, 0);
  await sink.write("stdout", "y");
  assert.equal(target.messages.length, 1);
  assert.equal(target.rooms, 1);
});

Deno.test("OutputSink cuts a long text into messages, but no character in two", async () => {
  const { sink, target } = setUp();
  const text = "x" + "😀".repeat(100_000);
  await sink.write("stdout", text);
  sink.end();
  assert.equal(target.messages.map(([, part]) => part).join(""), text);
  for (const [, part] of target.messages) {
    assert.ok(part.length <= 64 * 1024);
    assert.ok(part.isWellFormed());
  }
});

Deno.test("OutputSink joins characters that arrive in pieces, each stream for itself", () => {
  const seed = Number(Deno.env.get("FC_SEED") ?? Date.now() % 2 ** 31);
  console.log(`FC_SEED=${seed}`);
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const property = fc.asyncProperty(
    text,
    text,
    fc.infiniteStream(fc.nat(3)),
    async (a, b, cuts) => {
      const { sink, target } = setUp();
      const rest = { stdout: new TextEncoder().encode(a), stderr: new TextEncoder().encode(b) };
      while (rest.stdout.length > 0 || rest.stderr.length > 0) {
        for (const stream of ["stdout", "stderr"] as const) {
          const length = cuts.next().value;
          await sink.write(stream, rest[stream].slice(0, length));
          rest[stream] = rest[stream].slice(length);
        }
      }
      sink.end();
      const joined = (name: StreamName) =>
        target.messages.filter(([stream]) => stream === name).map(([, part]) => part).join("");
      // A decoder drops one byte order mark at the very beginning; so does every reader of UTF-8.
      assert.deepEqual(
        [joined("stdout"), joined("stderr")],
        [a, b].map((t) => t.replace(/^\ufeff/, "")),
      );
      assert.ok(target.messages.every(([, part]) => part !== "" && part.isWellFormed()));
    },
  );
  return fc.assert(property, { seed, numRuns: 60 });
});

Deno.test("OutputSink shows a character that was never finished as a replacement", async () => {
  const { sink, target } = setUp();
  await sink.write("stdout", Uint8Array.of(0x61, 0xe2, 0x82));
  sink.end();
  assert.deepEqual(target.messages, [["stdout", "a\ufffd"]]);
});
