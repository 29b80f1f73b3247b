/** Merging output into messages. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTime } from "./testing.ts";

import type { StreamName } from "@/base/sink.ts";

import type { Json } from "@/wire/jupyter_message.ts";
import { OutputSink, type PublishOptions } from "./output.ts";

/** A target that keeps what is published. */
class Recorder {
  readonly requestId = "request";
  readonly messages: [StreamName, string][] = [];
  rooms = 0;

  /** Text, the types of other messages, and questions. */
  readonly order: string[] = [];
  /** What else was published. */
  readonly others: [type: string, content: Json, options: PublishOptions | undefined][] = [];

  publish(type: string, content: Json, options?: PublishOptions): void {
    if (type === "stream") {
      assert.equal(options?.droppable, true);
      this.messages.push([content.name as StreamName, content.text as string]);
    } else {
      this.others.push([type, content, options]);
    }
    this.order.push(type === "stream" ? String(content.text) : type);
  }

  ask(prompt: string): Promise<string> {
    this.order.push(`ask ${prompt}`);
    return Promise.resolve("an answer");
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

Deno.test("OutputSink.status() shows one line that changes in place, and stays when final", async () => {
  const { sink, target } = setUp();
  await sink.status(""); // nothing is there to take away
  await sink.status("10 %");
  await sink.status("50 %");
  await sink.status("done", { final: true });
  await sink.status("another");
  const shown = target.others.map(([type, { data, transient }]) => [
    type,
    (data as Record<string, unknown>)["text/plain"],
    (transient as Record<string, unknown>).display_id,
  ]);
  const [first, , , second] = shown.map(([, , id]) => id);
  assert.deepEqual(shown, [
    ["display_data", "10 %", first],
    ["update_display_data", "50 %", first],
    ["update_display_data", "done", first],
    ["display_data", "another", second],
  ]);
  assert.notEqual(first, second);
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

Deno.test("OutputSink publishes text before everything else that is shown or asked", async () => {
  const { sink, target } = setUp();
  sink.executionCount = 7;
  await sink.write("stdout", "1");
  await sink.display({ data: { "text/plain": "d" }, id: "a", metadata: { "image/png": {} } });
  await sink.write("stdout", "2");
  await sink.display({ data: { "text/plain": "e" }, id: "a", update: true });
  await sink.write("stdout", "3");
  await sink.clear({ wait: true });
  await sink.write("stdout", "4");
  assert.equal(await sink.input("name? ", { signal: AbortSignal.abort() }), "an answer");
  await sink.write("stdout", "5");
  await sink.result({ "text/plain": "42" });
  assert.deepEqual(target.order, [
    "1",
    "display_data",
    "2",
    "update_display_data",
    "3",
    "clear_output",
    "4",
    "ask name? ",
    "5",
    "execute_result",
  ]);
  assert.deepEqual(target.others.map(([, content, options]) => [content, options]), [
    [{
      data: { "text/plain": "d" },
      metadata: { "image/png": {} },
      transient: { display_id: "a" },
    }, { newsOf: "frame 0/1" }],
    [{ data: { "text/plain": "e" }, metadata: {}, transient: { display_id: "a" } }, {
      newsOf: "update a",
    }],
    [{ wait: true }, { newsOf: "frame 1/0" }],
    [{ execution_count: 7, data: { "text/plain": "42" }, metadata: {} }, undefined],
  ]);
  assert.equal(sink.resultText, "42");
});

Deno.test("OutputSink.display() with neither id nor update has nothing transient to name", async () => {
  const { sink, target } = setUp();
  await sink.display({ data: { "text/plain": "a" } });
  await sink.display({ data: { "text/plain": "b" }, update: true });
  assert.deepEqual(target.others.map(([type, { transient }]) => [type, transient]), [
    ["display_data", {}],
    ["display_data", {}],
  ]);
});

Deno.test("OutputSink hands the last page to the reply", async () => {
  const { sink } = setUp();
  assert.deepEqual(sink.payload, []);
  await sink.page({ "text/plain": "one" });
  await sink.page({ "text/plain": "two" });
  assert.deepEqual(sink.payload, [{ source: "page", data: { "text/plain": "two" }, start: 0 }]);
});

Deno.test("OutputSink says which displays nobody would see any more", async () => {
  const { sink, target } = setUp();
  const display = () => sink.display({ data: { "text/plain": "d" } });
  await display();
  await display();
  await sink.clear({ wait: true });
  await display();
  await sink.clear({ wait: false });
  await display();
  assert.deepEqual(target.others.map(([, , options]) => options), [
    { newsOf: "frame 0/1" },
    { newsOf: "frame 0/2" },
    { newsOf: "frame 1/0" },
    { newsOf: "frame 1/1", outdates: "frame 0/" },
    { newsOf: "frame 2/0", outdates: "frame 1/" },
    { newsOf: "frame 2/1", outdates: "frame 1/" },
  ]);
});
