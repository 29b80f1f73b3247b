import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { PromptLine } from "./prompt_line.ts";

/** What boards send for keys: MicroPython's shared/readline/readline.c. */
const shown: [about: string, output: string, text: string | undefined, cursor?: number][] = [
  ["shows the prompt", "MicroPython v1.27\r\n>>> ", "", 0],
  ["echoes keys", ">>> print(1)", "print(1)", 8],
  ["erases a character", ">>> ab\b\x1b[K", "a", 1],
  ["erases one in the middle", ">>> abc\b\bbc\x1b[K\b\b", "abc", 1],
  ["moves far back", ">>> abcdefgh\x1b[6D", "abcdefgh", 2],
  ["inserts", ">>> ac\bbc\b", "abc", 2],
  ["brings back a line of its own", ">>> old\x1b[3D\x1b[Knew one", "new one", 7],
  ["indents", ">>> if 1:\r\n...     ", "    ", 4],
  ["completes in several rows", ">>> sys.\r\npath            platform\r\n>>> sys.p", "sys.p", 5],
  ["is an aiorepl", "--> await go()", "await go()", 10],
  ["colours", "\x1b[32m>>> \x1b[0mx", "x", 1],
  ["names its window, as CircuitPython does", "\x1b]0;REPL\x1b\\>>> x", "x", 1],
  ["redraws the line", "noise\r\x1b[2K>>> x", "x", 1],
  ["prints", "on and on", undefined],
  ["takes a paste", "=== x", undefined],
  ["is in its raw REPL", "raw REPL; CTRL-B to exit\r\n>", undefined],
];

for (const [about, output, text, cursor] of shown) {
  Deno.test(`PromptLine reads a board that ${about}`, () => {
    const whole = new PromptLine();
    whole.push(encode(output));
    assertEquals([whole.current?.text, whole.current?.cursor], [text, cursor]);
    const bits = new PromptLine();
    for (const byte of encode(output)) bits.push(Uint8Array.of(byte));
    assertEquals(bits.current, whole.current);
  });
}

Deno.test("PromptLine tells of the lines that ended", () => {
  const line = new PromptLine();
  assertEquals(line.push(encode(">>> if é:\r\n")).map(({ text }) => text), ["if é:"]);
  const ended = line.push(encode("...     pass\r\n... \r\n1\r\n>>> x"));
  assertEquals(ended, [
    { prompt: "... ", text: "    pass" },
    { prompt: "... ", text: "" },
  ]);
});

Deno.test("PromptLine takes no endless output for a line", () => {
  const line = new PromptLine();
  line.push(encode(">>> "));
  for (let part = 0; part < 100; part++) line.push(encode("x".repeat(1_000)));
  assertEquals(line.current, undefined);
  assertEquals(line.push(encode("\r\n")), []);
});
