import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import fc from "fast-check";
import { Redaction } from "@/config/redact.ts";
import { type Side, TraceRecord } from "./trace_record.ts";

const encoder = new TextEncoder();

/** A line of a trace, as a reader sees it. */
interface Line {
  readonly event: string;
  readonly text: string;
  readonly blank?: [number, number][];
}

/** A record that knows these secrets, and what it wrote. */
function recording(...secrets: string[]) {
  const lines: Line[] = [];
  const redaction = new Redaction(secrets);
  const record = new TraceRecord({
    id: "1.1",
    secrets: { inBytes: redaction, redact: (text) => redaction.redact(text) },
    write: (line) => void lines.push(JSON.parse(line)),
    now: () => 0,
  });
  const say = (side: Side, text: string) => record.say(side, encoder.encode(text));
  const heard = (side: Side) => lines.filter(({ event }) => event === side);
  const text = (side: Side) => heard(side).map(({ text }) => text).join("");
  return { record, lines, say, text, heard };
}

Deno.test("TraceRecord writes what each side said in order, a letter for each byte", () => {
  const { record, lines } = recording();
  record.say("host", Uint8Array.of(0x03, 0x80, 0xff, 0x41));
  record.say("board", encoder.encode(">>> "));
  record.tell("close");
  assertEquals(lines.map(({ event, text }) => [event, text]), [
    ["host", "\u0003\u0080\u00ffA"],
    ["board", ">>> "],
    ["close", undefined],
  ]);
});

Deno.test("TraceRecord keeps its own copy of what was said", () => {
  const { record, text } = recording("a secret");
  const bytes = encoder.encode("before");
  record.say("host", bytes);
  bytes.fill(0);
  record.end();
  assertEquals(text("host"), "before");
});

Deno.test("TraceRecord blanks a secret with as many stars, and tells where", () => {
  const { record, heard, say } = recording("hush-hush");
  say("host", "wifi('hush-hush')");
  record.end();
  assertEquals(heard("host"), [
    { event: "host", id: "1.1", ms: 0, text: "wifi('*********')", blank: [[6, 9]] },
  ] as unknown as Line[]);
});

Deno.test("TraceRecord blanks secrets in either direction however they are cut up", () => {
  const secret = fc.string({ minLength: 5, maxLength: 12, unit: fc.constantFrom(..."aab'\\ cé") })
    .filter((text) => text.trim().length > 4);
  const sides = fc.constantFrom<Side>("host", "board");
  const cuts = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), sides), { maxLength: 60 });
  fc.assert(fc.property(secret, sides, cuts, (secret, side, cuts) => {
    const { record, text } = recording(secret, latin1(encoder.encode(secret)));
    const bytes = encoder.encode(`before ${secret} after`);
    let at = 0;
    for (const [count, other] of cuts) {
      record.say(side, bytes.subarray(at, at + count));
      at = Math.min(bytes.length, at + count);
      record.say(other === side ? side : other, new Uint8Array());
      if (other !== side) record.say(other, encoder.encode("~~"));
    }
    record.say(side, bytes.subarray(at));
    record.end();
    const written = text(side);
    assertEquals(written.length, bytes.length);
    ok(!written.includes(latin1(encoder.encode(secret.trim()))), JSON.stringify([secret, written]));
    ok(written.startsWith("before") && written.endsWith("after"), written);
  }));
});

Deno.test("TraceRecord writes at once what can be no part of a secret any more", () => {
  const { say, text, record } = recording("secret");
  say("host", "x".repeat(1_000));
  assertEquals(text("host"), "");
  say("host", "y".repeat(1_000));
  assertEquals(text("host"), "x".repeat(1_000));
  record.end();
  assertEquals(text("host").length, 2_000);
});

Deno.test("TraceRecord holds no flood back for a few bytes of the other side", () => {
  const { say, text } = recording("secret");
  say("host", "sec");
  for (let count = 0; count < 40; count++) say("board", "z".repeat(64 * 1024));
  ok(text("board").length > 1_000_000, `${text("board").length} bytes`);
  say("host", "ret");
  ok(!text("host").includes("sec"), text("host"));
});

Deno.test("TraceRecord blanks content that holds a secret, but not what the other side says", () => {
  const { record, say, text } = recording("hush-hush");
  {
    using load = record.carry("host");
    load.holds(encoder.encode("x = 'hush-hush'"), "/x.py");
    say("host", "deflated");
    say("board", "ok");
  }
  say("host", "next");
  record.end();
  assertEquals([text("host"), text("board")], ["********next", "ok"]);
});

Deno.test("TraceRecord keeps content that holds no secret", () => {
  const { record, say, text } = recording("hush-hush");
  {
    using load = record.carry("host");
    load.holds(encoder.encode("x = 1"), "/x.py");
    say("host", "deflated");
  }
  record.end();
  assertEquals(text("host"), "deflated");
});

Deno.test("TraceRecord never keeps secrets.py, whatever is in it", () => {
  for (const path of ["/secrets.py", "secrets.mpy", "/lib/secrets.py.iot-part"]) {
    const { record, say, text } = recording("hush-hush");
    using load = record.carry("host");
    load.holds(encoder.encode("a = 1"), path);
    say("host", "a = 1");
    record.end();
    assertEquals(text("host"), "*****", path);
  }
});

Deno.test("TraceRecord keeps what a board sends only when it is known to hold no secret", () => {
  for (const [content, written] of [["x = 1", "eCA9IDE="], ["hush-hush", "********"]]) {
    const { record, say, text } = recording("hush-hush");
    {
      using load = record.carry("board");
      say("board", "eCA9IDE=");
      load.holds(encoder.encode(content), "/x.py");
    }
    record.end();
    assertEquals(text("board"), written);
  }
  const { record, say, text } = recording("hush-hush");
  {
    using _load = record.carry("board");
    say("board", "broken off");
  }
  record.end();
  assertEquals(text("board"), "**********");
});

Deno.test("TraceRecord takes secrets out of what it tells", () => {
  const { record, lines } = recording("hush-hush");
  record.tell("error", { code: "gone", message: "it said hush-hush" });
  assertEquals((lines[0] as unknown as { message: string }).message, "it said ***");
});

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
