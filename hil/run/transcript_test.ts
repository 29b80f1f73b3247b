/** What is kept of a check's traffic: merged, bounded, without secrets. */

import assert from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { Redaction } from "@/config/redact.ts";
import { Transcript } from "./transcript.ts";

const KIB = 1024;

/** A transcript with a clock that stands until it is moved. */
function opened(...secrets: string[]) {
  const clock = { ms: 100 };
  const redaction = new Redaction(secrets);
  const transcript = new Transcript({
    redact: (text) => redaction.redact(text),
    findSecrets: (bytes) => redaction.find(bytes),
    now: () => clock.ms,
  });
  const line = transcript.observe("sim://test");
  const read = (text: string) => line.onRead?.(encode(text));
  const write = (text: string) => line.onWrite?.(encode(text));
  return { transcript, clock, line, read, write };
}

/** All text of one direction. */
function textOf({ transcript }: { transcript: Transcript }, direction: string): string {
  const chunks = transcript.chunks().filter((chunk) => chunk.direction === direction);
  return chunks.map(({ text }) => text).join("");
}

Deno.test("Transcript merges what comes in quick succession, and nothing else", () => {
  const { transcript, clock, read, write } = opened();
  read("a");
  clock.ms += 3;
  read("b\r\n");
  write("\x01");
  read("c");
  clock.ms += 50;
  read("d");
  assert.deepEqual(transcript.chunks().slice(1), [
    { atMs: 0, direction: "in", text: "ab\\r\\n" },
    { atMs: 3, direction: "out", text: "\\x01" },
    { atMs: 3, direction: "in", text: "c" },
    { atMs: 53, direction: "in", text: "d" },
  ]);
});

Deno.test("Transcript tells of openings, errors and closings", () => {
  const { transcript, line } = opened();
  line.onError?.(new Error("unplugged"));
  line.onClose?.();
  const notes = transcript.chunks().map(({ text }) => text);
  assert.deepEqual(notes, ["opened sim://test", "unplugged", "closed sim://test"]);
});

Deno.test("Transcript keeps the beginning and the end of much, and says how much is between", () => {
  const test = opened();
  test.write("first");
  for (let number = 0; number < 200; number++) test.read("x".repeat(KIB));
  test.write("last");
  const chunks = test.transcript.chunks();
  const length = chunks.reduce((sum, { text }) => sum + text.length, 0);
  assert.ok(length < 60 * KIB, `kept ${length}`);
  assert.equal(textOf(test, "out"), "firstlast");
  const left = /^… (\d+) bytes left out$/.exec(
    chunks.find(({ text }) => /left out/.test(text))!.text,
  );
  assert.equal(Number(left?.[1]) + textOf(test, "in").length, 200 * KIB);
});

Deno.test("Transcript bounds one huge piece, and any number of notes", () => {
  const huge = opened();
  huge.read("x".repeat(1024 * KIB));
  assert.ok(textOf(huge, "in").length < 60 * KIB);
  const chatty = opened();
  for (let number = 0; number < 20_000; number++) chatty.transcript.note(`reset ${number}`);
  chatty.transcript.note("n".repeat(100 * KIB));
  const notes = textOf(chatty, "note");
  assert.ok(notes.length < 60 * KIB, `kept ${notes.length}`);
  assert.match(notes, /reset 0.*reset 19999/s);
});

Deno.test("Transcript shows no secret, however it is split over pieces and time", () => {
  const secret = "hünter2";
  const asBytes = String.fromCharCode(...encode(secret));
  const test = opened(secret, asBytes);
  test.write("Password: ");
  for (const byte of encode(secret)) {
    test.clock.ms += 20;
    test.line.onWrite?.(Uint8Array.of(byte));
    test.read("*");
  }
  test.write("\r");
  test.transcript.note(`sent ${secret}`);
  const all = test.transcript.chunks().map(({ text }) => text).join("|");
  assert.doesNotMatch(all, /nter2|n\|t\|e|ter/);
  assert.match(all, /Password: /);
  assert.match(all, /sent \*\*\*/);
  assert.equal(textOf(test, "out").replaceAll("***", ""), "Password: \\r");
});
