import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import { typedAnswer } from "./answer.ts";

const CASES: [answer: string, plain: string, echoing: string][] = [
  ["", "\r", "\r"],
  ["Ada", "Ada\r", "Ada\r"],
  ["a\\b 'c'", "a\\b 'c'\r", "a\\b 'c'\r"],
  ["Zoë", "Zoë\r", "\\iot:Zo\\U000000eb\r"],
  ["🎈\\'", "🎈\\'\r", "\\iot:\\U0001f388\\U0000005c\\U00000027\r"],
  ["\t", "\t\r", "\\iot:\\U00000009\r"],
  ["\\iot:x", "\\iot:x\r", "\\iot:\\U0000005ciot:x\r"],
];

for (const [answer, plain, echoing] of CASES) {
  Deno.test(`typedAnswer() types "${answer}"`, () => {
    const typed = (echo: boolean) => new TextDecoder().decode(typedAnswer(answer, { echo }));
    assertEquals([typed(false), typed(true)], [plain, echoing]);
  });
}

Deno.test("typedAnswer() refuses what a board would take for a command, and what is too long", () => {
  for (const answer of ["a\x03", "\x04", "a\nb", "\r", "\x00", "\x7f", "\x1b[A"]) {
    throws(() => typedAnswer(answer, { echo: false }), { message: /control character 0x/ });
  }
  throws(() => typedAnswer("x".repeat(8_193), { echo: false }), { message: /8192 at most/ });
});
