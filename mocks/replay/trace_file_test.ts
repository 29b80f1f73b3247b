import { deepStrictEqual as assertEquals, rejects, throws } from "node:assert/strict";
import { parseTrace, readTrace } from "./trace_file.ts";

const START = { event: "start", format: "iot-trace 1", seed: 7, command: "iot exec 1" };
const OPEN = { event: "open", id: "1.1", ms: 0, address: "serial:///dev/ttyACM0" };

function trace(...lines: (object | string)[]): string {
  return lines.map((line) => typeof line === "string" ? line : JSON.stringify(line)).join("\n");
}

Deno.test("parseTrace() reads commands, connections, and what was said", () => {
  const text = trace(
    START,
    OPEN,
    { event: "host", id: "1.1", ms: 1, text: "\u0003\u00ff*", blank: [[2, 1]] },
    { event: "lines", id: "1.1", ms: 1, dtr: true },
    { event: "failed", id: "1.2", ms: 2, address: "tcp://x:1", code: "missing" },
    { event: "error", id: "1.1", ms: 3, code: "gone", message: "" },
    { event: "close", id: "1.1", ms: 4 },
    { ...OPEN, address: "serial:///dev/ttyACM1" },
    "",
  );
  assertEquals(parseTrace(text, "t.jsonl"), {
    commands: [{ command: "iot exec 1", seed: 7 }],
    connections: [
      {
        address: "serial:///dev/ttyACM0",
        sayings: [{
          side: "host",
          bytes: Uint8Array.of(3, 255, 42),
          isBlank: [false, false, true],
          line: 3,
        }],
        isCut: true,
      },
      { address: "serial:///dev/ttyACM1", sayings: [], isCut: false },
    ],
  });
});

const host = (facts: object) => trace(START, OPEN, { event: "host", id: "1.1", ms: 1, ...facts });

/** Traces that were tampered with, and what is said of them. */
const TAMPERED: Record<string, [text: string, message: RegExp]> = {
  "an empty file": ["", /no connection in the trace "t\.jsonl"/],
  "another kind of file": ["#!/bin/sh", /"t\.jsonl", line 1: it is no JSON: the file was cut off/],
  "a file of another kind of JSON": ["[1]", /line 1: it is no object/],
  "a missing beginning": [trace(OPEN), /line 1: a trace begins with a line whose event is "start"/],
  "another version": [
    trace({ ...START, format: "iot-trace 2" }),
    /its format is "iot-trace 2", this reads "iot-trace 1"/,
  ],
  "a line that is cut off": [trace(START, OPEN).slice(0, -9), /line 2: it is no JSON/],
  "nothing but commands": [trace(START), /no connection in the trace/],
  "a connection that was not opened": [
    trace(START, { event: "host", id: "9", text: "" }),
    /line 2: the connection "9" was never opened/,
  ],
  "an unknown event": [trace(START, OPEN, { event: "x", id: "1.1" }), /the event "x" is not known/],
  "a missing text": [host({}), /line 3: "text" must be a text/],
  "a letter that is no byte": [host({ text: "€" }), /line 3: each letter of "text" stands for a/],
  "blanks behind the end": [host({ text: "ab", blank: [[1, 2]] }), /"blank" must list/],
  "blanks that are no list": [host({ text: "ab", blank: 1 }), /"blank" must list/],
  "another protocol": [trace(START, { ...OPEN, protocol: "mp" }), /speaks "mp" cannot be played/],
};

for (const [name, [text, message]] of Object.entries(TAMPERED)) {
  Deno.test(`parseTrace() refuses ${name}`, () => {
    throws(() => parseTrace(text, "t.jsonl"), { name: "RangeError", message });
  });
}

Deno.test("readTrace() says which file cannot be read", async () => {
  await rejects(readTrace("/nowhere/t.jsonl"), { message: /Cannot read the trace "\/nowhere\/t/ });
});
