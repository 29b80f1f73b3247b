import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "@/base/bytes.ts";
import { bytes, RAW } from "./scripted_testing.ts";
import { AnswerSplitter } from "./splitter.ts";

/** Splits `answer`, fed in the given chunks. */
function split(...chunks: string[]) {
  const splitter = new AnswerSplitter();
  const output: Uint8Array[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const { output: part, end } = splitter.push(bytes(chunk));
    output.push(part);
    if (end === undefined) continue;
    return {
      output: text(concat(output)),
      stderr: end.stderr,
      restarted: end.restarted,
      rest: text(end.rest) + chunks.slice(index + 1).join(""),
    };
  }
  return { output: text(concat(output)) };
}

function text(part: Uint8Array): string {
  return String.fromCharCode(...part);
}

const CASES: Record<string, { answer: string; is: ReturnType<typeof split> }> = {
  "nothing": {
    answer: "\x04\x04>",
    is: { output: "", stderr: "", restarted: false, rest: "" },
  },
  "output": {
    answer: "a\r\nb\r\n\x04\x04>",
    is: { output: "a\r\nb\r\n", stderr: "", restarted: false, rest: "" },
  },
  "output and a traceback": {
    answer: "a\r\n\x04Traceback: 1 > 0\r\n\x04>",
    is: { output: "a\r\n", stderr: "Traceback: 1 > 0\r\n", restarted: false, rest: "" },
  },
  "what a timer prints behind the prompt": {
    answer: "\x04\x04>tick\r\n",
    is: { output: "", stderr: "", restarted: false, rest: "tick\r\n" },
  },
  "an 0x04 that the program printed": {
    answer: "a\x04b\r\n\x04\x04>",
    is: { output: "a\x04b\r\n", stderr: "", restarted: false, rest: "" },
  },
  "three of them, and a traceback": {
    answer: "a\x04\x04b\x04\r\n\x04ValueError\r\n\x04>",
    is: { output: "a\x04\x04b\x04\r\n", stderr: "ValueError\r\n", restarted: false, rest: "" },
  },
  "a soft reset of its own": {
    answer: `a\r\n\x04\x04\r\nMPY: soft reboot\r\nboot.py here\r\n${RAW}`,
    is: { output: "a\r\n", stderr: "", restarted: true, rest: "" },
  },
  "the raw REPL's banner as output": {
    answer: `${RAW}\r\n\x04\x04>`,
    is: { output: `${RAW}\r\n`, stderr: "", restarted: false, rest: "" },
  },
};

for (const [name, { answer, is }] of Object.entries(CASES)) {
  Deno.test(`AnswerSplitter takes apart ${name}, wherever the chunks are cut`, () => {
    assert.deepEqual(split(answer), is);
    assert.deepEqual(split(...answer), is);
    for (let at = 1; at < answer.length; at++) {
      assert.deepEqual(split(answer.slice(0, at), answer.slice(at)), is, `cut at ${at}`);
    }
  });
}

Deno.test("AnswerSplitter is not taken in by a printed end when the real one is there", () => {
  const printed = "a\x04\x04>\r\nb\r\n";
  assert.deepEqual(split(`${printed}\x04ValueError\r\n\x04>`), {
    output: printed,
    stderr: "ValueError\r\n",
    restarted: false,
    rest: "",
  });
});

Deno.test("AnswerSplitter hands output on at once, and holds back no more than it must", () => {
  const splitter = new AnswerSplitter();
  assert.equal(text(splitter.push(bytes("half a line")).output), "half a line");
  assert.equal(text(splitter.push(bytes(" more\x04")).output), " more");
});

Deno.test("AnswerSplitter does not hold back endless output behind an 0x04", () => {
  const splitter = new AnswerSplitter();
  let passed = text(splitter.push(bytes("a\x04")).output);
  for (let i = 0; i < 20; i++) passed += text(splitter.push(bytes("x".repeat(10_000))).output);
  passed += text(splitter.push(bytes("\x04\x04>")).output);
  assert.equal(passed, "a\x04" + "x".repeat(200_000));
});

Deno.test("AnswerSplitter gives back any output and traceback without an 0x04 before a >", () => {
  const unit = (letters: string) => fc.constantFrom(...letters);
  const part = fc.string({ unit: unit("\x01\x04ab>\r\n"), maxLength: 12 });
  const traceback = fc.string({ unit: unit("\x01abT:>\r\n"), maxLength: 12 });
  const cuts = fc.array(fc.nat(30), { maxLength: 5 });
  fc.assert(fc.property(part, traceback, cuts, (output, stderr, cuts) => {
    // What is ambiguous on the wire is left out: output ending in 0x04 before a traceback in >.
    fc.pre(!(`${output}\x04${stderr}`).includes("\x04>"));
    const answer = `${output}\x04${stderr}\x04>`;
    const places = [0, ...cuts.filter((cut) => cut < answer.length), answer.length];
    places.sort((a, b) => a - b);
    const chunks = places.slice(1).map((place, i) => answer.slice(places[i], place));
    assert.deepEqual(split(...chunks), { output, stderr, restarted: false, rest: "" });
  }));
});
